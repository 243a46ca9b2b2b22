import type { StepTimes } from '../decode/index.ts';
import {
	cacheNames,
	rotaryRows,
	type Backend,
	type Inputs,
	type Outputs,
	type Shape
} from './backend.ts';
import { CLOCK_BYTES, GpuClock, sumOfPasses } from './clock.ts';
import { CommitKernel } from './commitKernel.ts';
import type { Gpu } from './device.ts';
import { RuntimeError } from './errors.ts';
import type { Executor, GraphOutputs } from './executor.ts';
import { toHalf } from './half.ts';
import { readTop, TOP_BYTES, TopKernel } from './topKernel.ts';

/** Cache columns at first; they double until they reach the model's capacity. */
const FIRST = 256;

/**
 * The model on WebGPU. Keys and values stay on the device: each layer's [g, P, c] (KV heads, columns,
 * head size) in a buffer of ours. A pass uploads inputs, lets the executor run the graph, ranks the
 * logits with a kernel of ours, and reads back 48 bytes a row.
 */
export class WebGpuBackend implements Backend {
	#columns = 0;
	#cache: GPUBuffer[] = [];
	/** Outputs of the last run: rows to commit, and logits that may be asked for. */
	#outputs: GraphOutputs | undefined;
	/** The first error that the device reported outside of any call. */
	#error: string | undefined;
	readonly #device: GPUDevice;
	readonly #clock: GpuClock | undefined;
	readonly #top: TopKernel;
	readonly #commit: CommitKernel;
	readonly #scratch: Scratch;

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
		this.#scratch = new Scratch(gpu.device);
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
		const { layers, kvHeads, headSize } = this.shape;
		const row = headSize * this.#itemBytes;
		const old = this.#cache;
		this.#cache = cacheNames(layers).map((name) =>
			this.#device.createBuffer({
				label: `cache ${name}`,
				size: kvHeads * columns * row,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			})
		);
		if (length > 0) {
			const encoder = this.#device.createCommandEncoder({ label: 'grow' });
			old.forEach((from, i) => {
				for (let head = 0; head < kvHeads; head++) {
					const [source, target] = [head * this.#columns * row, head * columns * row];
					encoder.copyBufferToBuffer(from, source, this.#cache[i]!, target, length * row);
				}
			});
			this.#device.queue.submit([encoder.finish()]);
		}
		for (const buffer of old) buffer.destroy();
		this.#columns = columns;
	}

	commit(slots: readonly number[], at: number): void {
		const encoder = this.#device.createCommandEncoder({ label: 'commit' });
		this.#commit.encode(encoder, slots, at, this.#columns, this.#outputs!.fresh, this.#cache);
		this.#device.queue.submit([encoder.finish()]);
	}

	run(inputs: Inputs): Promise<Outputs> {
		return this.#orLost(this.#run(inputs));
	}

	async #run({ x, positions, mask, rows }: Inputs): Promise<Outputs> {
		const start = performance.now();
		this.#outputs?.release();
		this.#outputs = undefined;
		this.#clock?.start();
		const half = this.precision === 'f16';
		const inputs = {
			x: this.#scratch.write('x', half ? toHalf(x) : x),
			pos: this.#scratch.write('pos', rotaryRows(positions, this.shape.groups)),
			bias: this.#scratch.write('bias', half ? toHalf(mask.values) : mask.values),
			rows: this.#scratch.write('rows', Int32Array.from(rows)),
			past: this.#cache
		};
		const outputs = await this.executor.run(inputs, {
			q: positions.length,
			r: rows.length,
			columns: this.#columns
		});
		this.#outputs = outputs;

		const bytes = rows.length * TOP_BYTES;
		const result = this.#scratch.get(
			'top',
			bytes,
			GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
		);
		const stampsAt = Math.ceil(bytes / 8) * 8;
		const staging = this.#scratch.staging('readback', stampsAt + CLOCK_BYTES);
		const encoder = this.#device.createCommandEncoder({ label: 'top 5' });
		const pass = encoder.beginComputePass({ label: 'top 5' });
		this.#top.encode(pass, outputs.logits, result, rows.length);
		pass.end();
		encoder.copyBufferToBuffer(result, 0, staging, 0, bytes);
		const passes = this.#clock?.resolve(encoder, staging, stampsAt) ?? 0;
		this.#device.queue.submit([encoder.finish()]);
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

	async dispose(): Promise<void> {
		this.#outputs?.release();
		await this.executor.dispose();
		for (const buffer of this.#cache) buffer.destroy();
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

	/** A lost device leaves promises hanging; whoever waits is told instead. */
	#orLost<T>(work: Promise<T>): Promise<T> {
		return Promise.race([work, this.gpu.lost]);
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

	/** Uploads data; the buffer's size is rounded up, so that what ONNX Runtime binds is never too small. */
	write(name: string, data: Float32Array | Uint16Array | Int32Array | BigInt64Array): GPUBuffer {
		const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
		const buffer = this.get(name, data.byteLength, usage);
		// Uploads go in units of 4 bytes; an odd number of float16 has a last one of its own.
		const whole = data.byteLength & ~3;
		const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
		if (whole > 0) this.device.queue.writeBuffer(buffer, 0, bytes, 0, whole);
		if (whole < bytes.length) {
			const last = new Uint8Array(4);
			last.set(bytes.subarray(whole));
			this.device.queue.writeBuffer(buffer, whole, last);
		}
		return buffer;
	}

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
