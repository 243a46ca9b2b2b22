import { pin, unpin } from './replayPins.ts';

/** One kernel launch, as it was submitted. */
export interface Dispatch {
	readonly pipeline: GPUComputePipeline;
	readonly layout: GPUBindGroupLayout;
	readonly entries: readonly GPUBindGroupEntry[];
	/** What the uniform buffer held at this moment; the same buffer is reused within a run. */
	readonly uniforms?: {
		readonly binding: number;
		readonly size: number;
		readonly data: Uint8Array;
	};
	/** Workgroups, or where on the device their number stands. */
	readonly groups:
		readonly [number, number, number] | { readonly buffer: GPUBuffer; readonly offset: number };
}

/**
 * Listens to what others ask of a device. It must be installed before they get the device; it listens
 * only while `record` runs, else calls go straight through.
 *
 * Of a run it keeps the dispatches, in order. Uniform data are copied at each dispatch. Clearing a buffer
 * is left out: ONNX Runtime 1.30 does it to buffers whose every element a kernel then writes; whoever
 * repeats a recording compares the results. Any other command between the dispatches is refused.
 */
export class Tape {
	#dispatches: Dispatch[] | undefined;
	#refused: string | undefined;
	#used = new Set<GPUBuffer>();
	#groups = new Map<GPUBindGroup, GPUBindGroupDescriptor>();
	#uniforms = new Map<GPUBuffer, Uint8Array>();

	static install(device: GPUDevice): Tape {
		return new Tape(device);
	}

	private constructor(device: GPUDevice) {
		const createBindGroup = device.createBindGroup.bind(device);
		device.createBindGroup = (descriptor) => {
			const group = createBindGroup(descriptor);
			if (this.#dispatches) this.#groups.set(group, descriptor);
			return group;
		};
		const createCommandEncoder = device.createCommandEncoder.bind(device);
		device.createCommandEncoder = (descriptor) => {
			const encoder = createCommandEncoder(descriptor);
			if (this.#dispatches) this.#listen(encoder);
			return encoder;
		};
		const { queue } = device;
		const writeBuffer = queue.writeBuffer.bind(queue);
		queue.writeBuffer = (buffer, offset, data, from = 0, size?: number) => {
			if (this.#dispatches) this.#wrote(buffer, offset, data, from, size);
			writeBuffer(buffer, offset, data, from, size);
		};
	}

	/**
	 * Runs `work`; returns its result, what it dispatched, and, where that is not all that it did to the
	 * device, what cannot be repeated. Buffers that the dispatches use are not destroyed before `release`:
	 * ONNX Runtime may give them up within the run.
	 */
	async record<T>(work: () => Promise<T>): Promise<{
		result: T;
		dispatches: readonly Dispatch[];
		refused: string | undefined;
		release: () => void;
	}> {
		const dispatches: Dispatch[] = [];
		const used = new Set<GPUBuffer>();
		const release = () => {
			for (const buffer of used) unpin(buffer);
			used.clear();
		};
		this.#used = used;
		this.#dispatches = dispatches;
		this.#refused = undefined as string | undefined;
		try {
			const result = await work();
			return { result, dispatches, refused: this.#refused, release };
		} catch (error) {
			release();
			throw error;
		} finally {
			this.#dispatches = undefined;
			this.#used = new Set();
			this.#groups = new Map();
			this.#uniforms = new Map();
		}
	}

	#wrote(
		buffer: GPUBuffer,
		offset: number,
		data: ArrayBufferView | ArrayBufferLike,
		from: number,
		size: number | undefined
	): void {
		if (!isUniform(buffer)) return this.#refuse('data were uploaded between the kernels');
		const unit = ArrayBuffer.isView(data) ? ((data as Uint8Array).BYTES_PER_ELEMENT ?? 1) : 1;
		const bytes = ArrayBuffer.isView(data)
			? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
			: new Uint8Array(data);
		const end = size === undefined ? bytes.length : (from + size) * unit;
		const held = new Uint8Array(buffer.size);
		held.set(this.#uniforms.get(buffer) ?? []);
		held.set(bytes.subarray(from * unit, end), offset);
		this.#uniforms.set(buffer, held);
	}

	#listen(encoder: GPUCommandEncoder): void {
		for (const name of ['copyBufferToBuffer', 'copyBufferToTexture', 'beginRenderPass'] as const) {
			const call = encoder[name].bind(encoder) as (...parameters: unknown[]) => unknown;
			(encoder[name] as typeof call) = (...parameters) => {
				this.#refuse(`${name} was called between the kernels`);
				return call(...parameters);
			};
		}
		const begin = encoder.beginComputePass.bind(encoder);
		encoder.beginComputePass = (descriptor) => {
			const pass = begin(descriptor);
			let pipeline: GPUComputePipeline | undefined;
			let group: GPUBindGroup | undefined;
			const setPipeline = pass.setPipeline.bind(pass);
			pass.setPipeline = (next) => setPipeline((pipeline = next));
			const setBindGroup = pass.setBindGroup.bind(pass) as (...parameters: unknown[]) => undefined;
			(pass.setBindGroup as typeof setBindGroup) = (...parameters) => {
				const [index, next, offsets] = parameters;
				if (index !== 0 || offsets) this.#refuse('a kernel has more than one bind group');
				group = next as GPUBindGroup;
				return setBindGroup(...parameters);
			};
			const dispatch = pass.dispatchWorkgroups.bind(pass);
			pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
				this.#dispatched(pipeline!, group!, [x, y, z]);
				dispatch(x, y, z);
			};
			const dispatchIndirect = pass.dispatchWorkgroupsIndirect.bind(pass);
			pass.dispatchWorkgroupsIndirect = (buffer, offset) => {
				this.#dispatched(pipeline!, group!, { buffer, offset });
				dispatchIndirect(buffer, offset);
			};
			return pass;
		};
	}

	#dispatched(pipeline: GPUComputePipeline, group: GPUBindGroup, groups: Dispatch['groups']): void {
		const descriptor = this.#groups.get(group);
		if (!descriptor) return this.#refuse('a kernel has a bind group from before the run');
		const all = [...descriptor.entries];
		const uniform = all.find((entry) => isUniform(bufferOf(entry)));
		const entries = all.filter((entry) => entry !== uniform);
		for (const entry of entries) this.#use(bufferOf(entry));
		if ('buffer' in groups) this.#use(groups.buffer);
		if (entries.some((entry) => isUniform(bufferOf(entry)))) {
			return this.#refuse('a kernel has more than one uniform buffer');
		}
		const buffer = uniform && bufferOf(uniform);
		const data = buffer && this.#uniforms.get(buffer);
		if (buffer && !data) return this.#refuse('a kernel has uniform data from before the run');
		this.#dispatches?.push({
			pipeline,
			layout: descriptor.layout,
			entries,
			groups,
			...(uniform && { uniforms: { binding: uniform.binding, size: buffer!.size, data: data! } })
		});
	}

	#use(buffer: GPUBuffer | undefined): void {
		if (!buffer || this.#used.has(buffer)) return;
		this.#used.add(buffer);
		pin(buffer);
	}

	#refuse(why: string): void {
		this.#refused ??= why;
	}
}

/** The buffer of a bind group's entry; undefined for textures and samplers, which compute does not use. */
export function bufferOf({ resource }: GPUBindGroupEntry): GPUBuffer | undefined {
	if (resource instanceof GPUBuffer) return resource;
	return 'buffer' in resource ? resource.buffer : undefined;
}

const isUniform = (buffer: GPUBuffer | undefined) =>
	buffer !== undefined && (buffer.usage & GPUBufferUsage.UNIFORM) !== 0;
