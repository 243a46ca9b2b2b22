import type { StepTimes } from '../decode/index.ts';
import { cacheNames, type Backend, type Inputs, type Outputs, type Shape } from './backend.ts';
import { CLOCK_BYTES, GpuClock, sumOfPasses } from './clock.ts';
import { Commands } from './commands.ts';
import { CommitKernel } from './commitKernel.ts';
import type { Gpu } from './device.ts';
import { RuntimeError } from './errors.ts';
import type { Executor, GraphOutputs, PassShape } from './executor.ts';
import { InputBuffers } from './inputs.ts';
import { MaskKernel } from './maskKernel.ts';
import { readTop, TOP_BYTES, TopKernel } from './topKernel.ts';

/** Cache columns at first; they double until they reach the model's capacity. */
const FIRST = 256;
/** Shapes whose input buffers are kept. */
const SHAPES = 24;

/**
 * The model on WebGPU. Keys and values stay on the device: each layer's [g, P, c] (KV heads, columns,
 * head size) in a buffer of ours. A pass uploads inputs, lets the executor run the graph, ranks the
 * logits with a kernel of ours, and reads back 48 bytes a row.
 */
export class WebGpuBackend implements Backend {
	#columns = 0;
	/** The cache in use, and those of all sizes that were in use. */
	#cache: readonly GPUBuffer[] = [];
	readonly #caches = new Map<number, readonly GPUBuffer[]>();
	/** By shape, in the order of their last use. */
	readonly #inputs = new Map<string, InputBuffers>();
	/** Outputs of the last run: rows to commit, and logits that may be asked for. */
	#outputs: GraphOutputs | undefined;
	/** The first error that the device reported outside of any call. */
	#error: string | undefined;
	readonly #device: GPUDevice;
	readonly #clock: GpuClock | undefined;
	readonly #top: TopKernel;
	readonly #commit: CommitKernel;
	readonly #mask: MaskKernel;
	readonly #scratch: Scratch;
	/** What the next pass will submit. */
	readonly #commands: Commands;

	constructor(
		private readonly gpu: Gpu,
		private readonly executor: Executor,
		private readonly shape: Shape,
		private readonly precision: 'f32' | 'f16',
		private readonly capacity: number
	) {
		this.#device = gpu.device;
		this.#clock = GpuClock.install(gpu.device);
		this.#top = new TopKernel(gpu.device, shape.vocabulary);
		this.#commit = new CommitKernel(gpu.device, shape, this.#itemBytes);
		this.#mask = new MaskKernel(gpu.device, precision);
		this.#scratch = new Scratch(gpu.device);
		this.#commands = new Commands(gpu.device);
		gpu.device.addEventListener('uncapturederror', ({ error }) => (this.#error ??= error.message));
	}

	get allocated(): number {
		return this.#columns;
	}

	columnsFor(n: number): number {
		let columns = FIRST;
		while (columns < n) columns *= 2;
		return Math.min(columns, this.capacity);
	}

	allocate(columns: number, length: number): void {
		const { kvHeads, headSize } = this.shape;
		const row = headSize * this.#itemBytes;
		const [old, cache] = [this.#cache, this.#cacheOf(columns)];
		if (length > 0) {
			const encoder = this.#commands.encoder();
			old.forEach((from, i) => {
				for (let head = 0; head < kvHeads; head++) {
					const [source, target] = [head * this.#columns * row, head * columns * row];
					encoder.copyBufferToBuffer(from, source, cache[i]!, target, length * row);
				}
			});
		}
		this.#cache = cache;
		this.#columns = columns;
	}

	commit(slots: readonly number[], at: number): void {
		const { fresh } = this.#outputs!;
		this.#commit.encode(this.#commands.pass(), slots, at, this.#columns, fresh, this.#cache);
	}

	run(inputs: Inputs): Promise<Outputs> {
		return this.#orLost(this.#run(inputs));
	}

	async #run(inputs: Inputs): Promise<Outputs> {
		const start = performance.now();
		const commands = this.#commands;
		const { rows } = inputs;
		const shape = { q: inputs.positions.length, r: rows.length, columns: this.#columns };
		const buffers = this.#inputsOf(shape);
		buffers.upload(inputs, commands);
		const outputs = await this.executor.run(buffers, shape, commands);
		this.#outputs = outputs;

		const bytes = rows.length * TOP_BYTES;
		const result = this.#scratch.get(
			'top',
			bytes,
			GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
		);
		const stampsAt = Math.ceil(bytes / 8) * 8;
		const staging = this.#scratch.staging('readback', stampsAt + CLOCK_BYTES);
		this.#top.encode(commands.pass(), outputs.logits, result, rows.length);
		commands.encoder().copyBufferToBuffer(result, 0, staging, 0, bytes);
		const passes = this.#clock?.resolve(commands.encoder(), staging, stampsAt) ?? 0;
		commands.submit();
		const encoded = performance.now();

		const read = await readBack(staging, stampsAt + passes * 16);
		if (this.#error) throw this.#failed(this.#error);
		const top = readTop(read.slice(0, bytes), rows.length);
		const end = performance.now();
		const times: StepTimes = {
			total: end - start,
			encode: encoded - start,
			...(passes > 0 && { gpu: sumOfPasses(new BigUint64Array(read, stampsAt)) }),
			readback: end - encoded
		};
		return { top, times, logits: (asked) => this.#orLost(this.#logits(outputs.logits, asked)) };
	}

	/** The cache of a size; a chat that starts over finds its small one, and the recordings of it, again. */
	#cacheOf(columns: number): readonly GPUBuffer[] {
		const known = this.#caches.get(columns);
		if (known) return known;
		const { layers, kvHeads, headSize } = this.shape;
		const cache = cacheNames(layers).map((name) =>
			this.#device.createBuffer({
				label: `cache ${name}`,
				size: kvHeads * columns * headSize * this.#itemBytes,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			})
		);
		this.#caches.set(columns, cache);
		return cache;
	}

	#inputsOf(shape: PassShape): InputBuffers {
		const key = `${shape.q} ${shape.r} ${shape.columns}`;
		const buffers =
			this.#inputs.get(key) ??
			new InputBuffers(
				this.#device,
				this.#mask,
				this.precision,
				this.shape,
				shape,
				this.#cacheOf(shape.columns)
			);
		// Re-inserted, the least recently used is the first.
		this.#inputs.delete(key);
		this.#inputs.set(key, buffers);
		for (const [old, oldest] of this.#inputs) {
			if (this.#inputs.size <= SHAPES) break;
			this.executor.forget(oldest.own);
			oldest.destroy();
			this.#inputs.delete(old);
		}
		return buffers;
	}

	async dispose(): Promise<void> {
		await this.executor.dispose();
		for (const cache of this.#caches.values()) for (const buffer of cache) buffer.destroy();
		for (const buffers of this.#inputs.values()) buffers.destroy();
		this.#scratch.dispose();
		this.#top.dispose();
		this.#commit.dispose();
		this.#clock?.dispose();
		this.#device.destroy();
	}

	async #logits(buffer: GPUBuffer, rows: readonly number[]): Promise<Float32Array[]> {
		const bytes = this.shape.vocabulary * 4;
		const staging = this.#scratch.staging('logits', rows.length * bytes);
		const encoder = this.#device.createCommandEncoder({ label: 'logits' });
		rows.forEach((row, i) => {
			encoder.copyBufferToBuffer(buffer, row * bytes, staging, i * bytes, bytes);
		});
		this.#device.queue.submit([encoder.finish()]);
		const read = await readBack(staging, rows.length * bytes);
		return rows.map((_, i) => new Float32Array(read, i * bytes, this.shape.vocabulary));
	}

	/** A lost device leaves promises hanging, or fails them before it says why; whoever waits is told why. */
	async #orLost<T>(work: Promise<T>): Promise<T> {
		try {
			return await Promise.race([work, this.gpu.lost]);
		} catch (error) {
			const grace = new Promise((resolve) => setTimeout(resolve, 100));
			await Promise.race([this.gpu.lost, grace]);
			throw error;
		}
	}

	#failed(message: string): RuntimeError {
		return new RuntimeError(
			'session',
			`The GPU (${this.gpu.name}) refused a command: ${message}. Load the model again, or choose the WebAssembly backend.`
		);
	}

	get #itemBytes(): number {
		return this.precision === 'f16' ? 2 : 4;
	}
}

/** Reads the first bytes of a staging buffer. */
async function readBack(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
	await staging.mapAsync(GPUMapMode.READ, 0, bytes);
	const copy = staging.getMappedRange(0, bytes).slice(0);
	staging.unmap();
	return copy;
}

/** Named buffers that are reused from pass to pass and replaced by larger ones where they are too small. */
class Scratch {
	readonly #buffers = new Map<string, GPUBuffer>();

	constructor(private readonly device: GPUDevice) {}

	staging(name: string, size: number): GPUBuffer {
		return this.get(name, size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
	}

	get(name: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
		const old = this.#buffers.get(name);
		if (old && old.size >= size) return old;
		old?.destroy();
		// Room for a little more, so that passes that grow slot by slot do not reallocate each time.
		const buffer = this.device.createBuffer({
			label: name,
			size: Math.ceil(size / 1024) * 1024,
			usage
		});
		this.#buffers.set(name, buffer);
		return buffer;
	}

	dispose(): void {
		for (const buffer of this.#buffers.values()) buffer.destroy();
	}
}
