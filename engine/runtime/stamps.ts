/** Launches that can be stamped in one pass: a query set holds 4096 timestamps at most, two a launch. */
const LAUNCHES = 2048;

/** One kernel launch of a forward pass. */
export interface StampedKernel {
	/** What its pipeline, or else its shader, is called by whoever made it; may be empty. */
	readonly name: string;
	/** Of the device's clock, µs since the first launch of the forward pass began. */
	readonly startUs: number;
	readonly us: number;
}

/**
 * When each kernel of a forward pass begins and ends, by the device's clock. WebGPU stamps compute passes, not
 * launches, so while it listens every launch gets a compute pass of its own: a forward pass takes longer than
 * otherwise. Must be installed before the first pass, or kernels have no names, and after whoever else wraps the
 * device's encoders, who then sees the compute passes that this one makes.
 */
export class KernelStamps {
	readonly #names: string[] = [];
	#listening = false;
	/** Names of pipelines that have none themselves. */
	readonly #shaders = new WeakMap<GPUComputePipeline, string>();
	readonly #stamps: GPUQuerySet;
	readonly #resolved: GPUBuffer;
	readonly #staging: GPUBuffer;

	/** Undefined where the device has no timestamps. */
	static install(device: GPUDevice): KernelStamps | undefined {
		return device.features.has('timestamp-query') ? new KernelStamps(device) : undefined;
	}

	private constructor(private readonly device: GPUDevice) {
		const size = LAUNCHES * 16;
		this.#stamps = device.createQuerySet({ type: 'timestamp', count: LAUNCHES * 2 });
		this.#resolved = device.createBuffer({
			size,
			usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
		});
		this.#staging = device.createBuffer({
			size,
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
		});
		this.#nameByShader();
		const create = device.createCommandEncoder.bind(device);
		device.createCommandEncoder = (descriptor) => {
			const encoder = create(descriptor);
			if (this.#listening) {
				const begin = encoder.beginComputePass.bind(encoder);
				encoder.beginComputePass = (asked) => this.#split(begin, asked);
			}
			return encoder;
		};
	}

	/** Runs `work`, a forward pass, and returns with its result the launches that it made, in order. */
	async during<T>(work: () => Promise<T>): Promise<{ result: T; kernels: StampedKernel[] }> {
		this.#names.length = 0;
		this.#listening = true;
		try {
			const result = await work();
			this.#listening = false;
			return { result, kernels: await this.#read() };
		} finally {
			this.#listening = false;
		}
	}

	/** ONNX Runtime names its shaders, not its pipelines. */
	#nameByShader(): void {
		const { device } = this;
		const make = device.createComputePipeline.bind(device);
		const makeLater = device.createComputePipelineAsync.bind(device);
		const named = (pipeline: GPUComputePipeline, { compute }: GPUComputePipelineDescriptor) => {
			this.#shaders.set(pipeline, compute.module.label);
			return pipeline;
		};
		device.createComputePipeline = (asked) => named(make(asked), asked);
		device.createComputePipelineAsync = async (asked) => named(await makeLater(asked), asked);
	}

	#nameOf(pipeline: GPUComputePipeline): string {
		return pipeline.label || (this.#shaders.get(pipeline) ?? '');
	}

	/** What stands for a compute pass: every launch on it becomes a pass with two timestamps. */
	#split(
		begin: GPUCommandEncoder['beginComputePass'],
		asked: GPUComputePassDescriptor | undefined
	): GPUComputePassEncoder {
		let pipeline: GPUComputePipeline | undefined;
		const groups = new Map<number, unknown[]>();
		const launch = (dispatch: (pass: GPUComputePassEncoder) => void): undefined => {
			const pass = begin(this.#next(asked, pipeline ? this.#nameOf(pipeline) : ''));
			if (pipeline) pass.setPipeline(pipeline);
			const bind = pass.setBindGroup.bind(pass) as (...given: unknown[]) => undefined;
			for (const given of groups.values()) bind(...given);
			dispatch(pass);
			pass.end();
		};
		const nothing = () => undefined;
		const split: Partial<GPUComputePassEncoder> = {
			label: asked?.label ?? '',
			setPipeline: (next) => void (pipeline = next),
			setBindGroup: (...given: unknown[]) => void groups.set(given[0] as number, given),
			dispatchWorkgroups: (x, y = 1, z = 1) => launch((pass) => pass.dispatchWorkgroups(x, y, z)),
			dispatchWorkgroupsIndirect: (buffer, offset) =>
				launch((pass) => pass.dispatchWorkgroupsIndirect(buffer, offset)),
			end: nothing,
			pushDebugGroup: nothing,
			popDebugGroup: nothing,
			insertDebugMarker: nothing
		};
		return split as GPUComputePassEncoder;
	}

	/** The descriptor of the next launch's pass; without timestamps where there are too many. */
	#next(asked: GPUComputePassDescriptor | undefined, name: string): GPUComputePassDescriptor {
		const number = this.#names.length;
		if (number >= LAUNCHES) return { label: asked?.label };
		this.#names.push(name);
		return {
			label: asked?.label,
			timestampWrites: {
				querySet: this.#stamps,
				beginningOfPassWriteIndex: 2 * number,
				endOfPassWriteIndex: 2 * number + 1
			}
		};
	}

	async #read(): Promise<StampedKernel[]> {
		const { length } = this.#names;
		if (length === 0) return [];
		const encoder = this.device.createCommandEncoder({ label: 'stamps of kernels' });
		encoder.resolveQuerySet(this.#stamps, 0, 2 * length, this.#resolved, 0);
		encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, 16 * length);
		this.device.queue.submit([encoder.finish()]);
		await this.#staging.mapAsync(GPUMapMode.READ, 0, 16 * length);
		const stamps = new BigUint64Array(this.#staging.getMappedRange(0, 16 * length).slice(0));
		this.#staging.unmap();
		const us = (from: bigint, to: bigint) => Number(to - from) / 1000;
		return this.#names.map((name, i) => ({
			name,
			startUs: us(stamps[0]!, stamps[2 * i]!),
			us: Math.max(0, us(stamps[2 * i]!, stamps[2 * i + 1]!))
		}));
	}
}
