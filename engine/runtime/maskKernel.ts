import { HIDDEN } from '../mask/index.ts';

const THREADS = 64;

/**
 * Shows or hides a range of columns in every row of an additive mask that is on the device. From step to
 * step a decoder's mask changes in the few columns that joined the cache; uploading all of it would be
 * q · (P + q) numbers.
 */
const shader = (type: 'f32' | 'f16') => /* wgsl */ `
${type === 'f16' ? 'enable f16;' : ''}
struct Range { rows: u32, columns: u32, first: u32, count: u32, value: f32 }

@group(0) @binding(0) var<storage, read_write> mask: array<${type}>;
@group(0) @binding(1) var<uniform> range: Range;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
	if (id.x >= range.rows * range.count) { return; }
	let row = id.x / range.count;
	mask[row * range.columns + range.first + id.x % range.count] = ${type}(range.value);
}
`;

/** A mask on the device, ready to be changed. */
export interface MaskOnDevice {
	readonly range: GPUBuffer;
	readonly group: GPUBindGroup;
}

/** The kernel on one device, for masks of one type. */
export class MaskKernel {
	readonly #pipeline: GPUComputePipeline;

	constructor(
		private readonly device: GPUDevice,
		type: 'f32' | 'f16'
	) {
		this.#pipeline = device.createComputePipeline({
			label: 'mask',
			layout: 'auto',
			compute: { module: device.createShaderModule({ label: 'mask', code: shader(type) }) }
		});
	}

	/** Binds a buffer that holds a mask. Whoever asked for it destroys `range`. */
	bind(mask: GPUBuffer): MaskOnDevice {
		const range = this.device.createBuffer({
			label: 'mask range',
			size: 32,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
		});
		const group = this.device.createBindGroup({
			layout: this.#pipeline.getBindGroupLayout(0),
			entries: [
				{ binding: 0, resource: { buffer: mask } },
				{ binding: 1, resource: { buffer: range } }
			]
		});
		return { range, group };
	}

	/** Makes columns `first` to `end` (exclusive) visible to all rows, or hides them; once a submission. */
	encode(
		pass: GPUComputePassEncoder,
		{ range, group }: MaskOnDevice,
		{ rows, columns }: { readonly rows: number; readonly columns: number },
		first: number,
		end: number,
		visible: boolean
	): void {
		const data = new ArrayBuffer(32);
		new Uint32Array(data).set([rows, columns, first, end - first]);
		new Float32Array(data)[4] = visible ? 0 : HIDDEN;
		this.device.queue.writeBuffer(range, 0, data);
		pass.setPipeline(this.#pipeline);
		pass.setBindGroup(0, group);
		pass.dispatchWorkgroups(Math.ceil((rows * (end - first)) / THREADS));
	}
}
