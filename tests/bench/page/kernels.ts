import type { Forward } from '../../../engine/decode/index.ts';
import { layout, type LayoutSpec } from '../../../engine/mask/index.ts';
import type { KernelTime } from '../plan.ts';

/** Shader text of every pipeline; installed before any is made. */
const code = new WeakMap<GPUComputePipeline, string>();
const devices = new WeakMap<GPUComputePipeline, GPUDevice>();

/** Watches what pipelines are made of, and on which device. */
export function watchPipelines(): void {
	const texts = new WeakMap<GPUShaderModule, string>();
	const { createShaderModule, createComputePipeline, createComputePipelineAsync } =
		GPUDevice.prototype;
	GPUDevice.prototype.createShaderModule = function (descriptor) {
		const module = createShaderModule.call(this, descriptor);
		texts.set(module, descriptor.code);
		return module;
	};
	GPUDevice.prototype.createComputePipeline = function (descriptor) {
		const pipeline = createComputePipeline.call(this, descriptor);
		code.set(pipeline, texts.get(descriptor.compute.module) ?? '');
		devices.set(pipeline, this);
		return pipeline;
	};
	GPUDevice.prototype.createComputePipelineAsync = async function (descriptor) {
		const pipeline = await createComputePipelineAsync.call(this, descriptor);
		code.set(pipeline, texts.get(descriptor.compute.module) ?? '');
		devices.set(pipeline, this);
		return pipeline;
	};
}

interface Launch {
	pipeline: GPUComputePipeline;
	group: GPUBindGroup;
	size: [number, number, number];
}

/**
 * GPU time of each kernel of a pass: its recording is encoded with a compute pass, and so two timestamps,
 * around every launch. Medians over `count` runs, summed by pipeline, slowest first. Chromium rounds
 * timestamps to 0.1 ms unless it was started with --enable-webgpu-developer-features.
 */
export async function kernelTimes(
	forward: Forward,
	spec: LayoutSpec,
	count: number
): Promise<KernelTime[]> {
	const launches = await launchesOf(forward, spec);
	const device = launches[0] && devices.get(launches[0].pipeline);
	if (!device?.features.has('timestamp-query')) return [];
	const size = launches.length * 16;
	const stamps = device.createQuerySet({ type: 'timestamp', count: launches.length * 2 });
	const resolved = device.createBuffer({ size, usage: 0x204 /* QUERY_RESOLVE | COPY_SRC */ });
	const staging = device.createBuffer({ size, usage: 0x9 /* MAP_READ | COPY_DST */ });
	const runs: number[][] = launches.map(() => []);
	for (let run = 0; run < count; run++) {
		const encoder = device.createCommandEncoder();
		launches.forEach(({ pipeline, group, size }, i) => {
			const pass = encoder.beginComputePass({
				timestampWrites: {
					querySet: stamps,
					beginningOfPassWriteIndex: 2 * i,
					endOfPassWriteIndex: 2 * i + 1
				}
			});
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(...size);
			pass.end();
		});
		encoder.resolveQuerySet(stamps, 0, launches.length * 2, resolved, 0);
		encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
		device.queue.submit([encoder.finish()]);
		await staging.mapAsync(GPUMapMode.READ);
		const read = new BigUint64Array(staging.getMappedRange());
		launches.forEach((_, i) => runs[i]!.push(Number(read[2 * i + 1]! - read[2 * i]!) / 1e6));
		staging.unmap();
	}
	stamps.destroy();
	resolved.destroy();
	staging.destroy();
	const kernels = new Map<GPUComputePipeline, { launches: number; ms: number; size: number[] }>();
	launches.forEach(({ pipeline, size }, i) => {
		const kernel = kernels.get(pipeline) ?? { launches: 0, ms: 0, size };
		kernel.launches++;
		kernel.ms += runs[i]!.sort((a, b) => a - b)[count >> 1]!;
		kernels.set(pipeline, kernel);
	});
	return [...kernels]
		.map(([pipeline, { launches, ms, size }]) => ({
			name: pipeline.label,
			buffers: buffersIn(code.get(pipeline) ?? ''),
			launches,
			workgroups: size,
			ms
		}))
		.sort((a, b) => b.ms - a.ms);
}

/** The launches of a pass once it is as fast as it gets: no longer checked, or repeated. */
async function launchesOf(forward: Forward, spec: LayoutSpec): Promise<Launch[]> {
	const plan = layout(spec);
	const tokens = plan.slots.map(() => forward.model.mask);
	const launches: Launch[] = [];
	for (let i = 0; i < 3; i++) await forward.run({ layout: plan, tokens });
	const { prototype } = GPUComputePassEncoder;
	const { setPipeline, setBindGroup, dispatchWorkgroups } = prototype;
	let pipeline: GPUComputePipeline;
	let group: GPUBindGroup;
	prototype.setPipeline = function (next) {
		return setPipeline.call(this, (pipeline = next));
	};
	const bind = setBindGroup as (this: GPUComputePassEncoder, ...given: unknown[]) => undefined;
	prototype.setBindGroup = function (this: GPUComputePassEncoder, ...given: unknown[]) {
		if (given[0] === 0) group = given[1] as GPUBindGroup;
		return bind.apply(this, given);
	};
	prototype.dispatchWorkgroups = function (x, y = 1, z = 1) {
		launches.push({ pipeline, group, size: [x, y, z] });
		return dispatchWorkgroups.call(this, x, y, z);
	};
	try {
		await forward.run({ layout: plan, tokens });
	} finally {
		Object.assign(prototype, { setPipeline, setBindGroup, dispatchWorkgroups });
	}
	return launches;
}

const buffersIn = (shader: string) =>
	[...shader.matchAll(/var<storage[^>]*>\s*(\w+)/g)].map(([, name]) => name).join(' ');
