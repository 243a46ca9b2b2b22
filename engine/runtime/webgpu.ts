import type { ModelInfo, StepTimes } from '../decode/index.ts';
import { chainOf, guessNext, isGuess, type Followed, type Guess } from './ahead/guess.ts';
import { Lookahead } from './ahead/lookahead.ts';
import type { Backend, Inputs, Outputs, Shape } from './backend.ts';
import { Caches } from './caches.ts';
import { CLOCK_BYTES, GpuClock, sumOfPasses } from './clock.ts';
import { Commands } from './commands.ts';
import { CommitKernel } from './commitKernel.ts';
import type { Gpu } from './device.ts';
import { RuntimeError } from './errors.ts';
import type { Executor, GraphOutputs, PassShape } from './executor.ts';
import { fromHalf } from './half.ts';
import { InputBuffers } from './inputs.ts';
import { MaskKernel } from './maskKernel.ts';
import { readBack, Scratch } from './scratch.ts';
import type { Top } from './top.ts';
import { readTop, TOP_BYTES, TopKernel } from './topKernel.ts';

/** Shapes whose input buffers are kept. */
const SHAPES = 24;
/** Bytes of logits beyond which no pass runs ahead: it needs two more buffers of that size. */
const MOST_LOGITS = 32e6;

/** Slots to be written to the cache before the next pass. */
interface Commit {
	readonly slots: readonly number[];
	readonly at: number;
}

/** A pass that the device has been given. */
interface Flight {
	/** Of the cache that it reads. */
	readonly columns: number;
	readonly outputs: GraphOutputs;
	/** What TopKernel writes, then timestamps of `stamps` compute passes, then the record if it ran ahead. */
	readonly staging: GPUBuffer;
	readonly stamps: number;
	/** Set where the pass was submitted before it was asked for: who did it, and the record of its inputs. */
	readonly ahead?: { readonly by: Lookahead; readonly record: GPUBuffer };
}

/**
 * The model on WebGPU. Keys and values stay on the device, in buffers of ours. A pass uploads inputs, lets the
 * executor run the graph, ranks the logits with a kernel of ours, and reads back 48 bytes a row. Where a decoder has
 * just done what a greedy one does, the pass that it will ask for next is submitted before this one is read back
 * (Lookahead).
 */
export class WebGpuBackend implements Backend {
	#columns = 0;
	readonly #caches: Caches;
	/** By shape, in the order of their last use. */
	readonly #inputs = new Map<string, InputBuffers>();
	/** Outputs of the last run: rows to commit, and logits that may be asked for. */
	#outputs: GraphOutputs | undefined;
	#pending: Commit | undefined;
	/** The last run, and what would follow it in greedy decoding. */
	#last: { readonly pass: Followed; readonly guess: Guess } | undefined;
	/** The pass that runs ahead. */
	#flight: Flight | undefined;
	readonly #lookaheads = new Map<InputBuffers, Lookahead>();
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
		private readonly model: ModelInfo,
		/** Whether passes may be submitted before they are asked for. */
		private ahead: boolean,
		/** Layers whose states the graph gives, as its output `taps`. */
		private readonly taps = 0
	) {
		this.#device = gpu.device;
		this.#caches = new Caches(gpu.device, shape, this.#itemBytes, model.capacity);
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
		return this.#caches.columnsFor(n);
	}

	allocate(columns: number, length: number): void {
		if (length > 0) {
			this.#caches.copy(this.#commands.encoder(), this.#columns, columns, length);
		}
		this.#columns = columns;
	}

	commit(slots: readonly number[], at: number): void {
		this.#pending = { slots, at };
	}

	run(inputs: Inputs): Promise<Outputs> {
		return this.#orLost(this.#run(inputs));
	}

	async #run(inputs: Inputs): Promise<Outputs> {
		const start = performance.now();
		const { rows, pass } = inputs;
		const [pending, last, before] = [this.#pending, this.#last, this.#outputs];
		const guessed = last !== undefined && isGuess(last.pass, last.guess, pass, pending);
		const prepared = this.#flight?.columns === this.#columns ? this.#flight : undefined;
		const flight = (guessed && prepared) || (await this.#launch(inputs));
		this.#pending = this.#last = this.#flight = undefined;
		this.#outputs = flight.outputs;
		const by = flight.ahead?.by;
		if (guessed && (!by || by.trusted)) this.#flight = await this.#lookAhead(flight, inputs);
		const encoded = performance.now();

		const [top, stamps, record] = await this.#readBack(flight, rows.length);
		if (this.#error) throw this.#failed(this.#error);
		if (by && !by.holds(record, pass)) {
			if (by.trusted) throw this.#failed('it computed another step than the one asked for');
			// Nothing is lost yet: this pass is run as it was asked for, and all that follow.
			this.ahead = false;
			[this.#pending, this.#outputs] = [pending, before];
			return this.#run(inputs);
		}
		if (by) by.trusted = true;
		const chain = rows.length === pass.tokens.length ? chainOf(pass.spec) : undefined;
		if (chain) this.#last = { pass, guess: guessNext(chain, pass, top) };
		const end = performance.now();
		const times: StepTimes = {
			total: end - start,
			encode: encoded - start,
			...(flight.stamps > 0 && { gpu: sumOfPasses(new BigUint64Array(stamps)) }),
			readback: end - encoded
		};
		return {
			top,
			times,
			logits: (asked) =>
				this.#orLost(this.#rows(flight.outputs.logits, asked, this.shape.vocabulary * 4, toFloats)),
			...(flight.outputs.taps && { taps: this.#taps(flight.outputs.taps) })
		};
	}

	/** Gives the device a pass as it was asked for. */
	async #launch(inputs: Inputs): Promise<Flight> {
		const commands = this.#commands;
		const { rows } = inputs;
		if (this.#pending) {
			const { slots, at } = this.#pending;
			const { fresh } = this.#outputs!;
			this.#commit.encode(
				commands.pass(),
				slots,
				at,
				this.#columns,
				fresh,
				this.#caches.of(this.#columns)
			);
		}
		const shape = { q: inputs.positions.length, r: rows.length, columns: this.#columns };
		const buffers = this.#inputsOf(shape);
		buffers.upload(inputs, commands);
		const outputs = await this.executor.run(buffers, shape, commands);
		const staging = this.#scratch.staging('readback', readbackBytes(rows.length));
		const stamps = this.#rank(outputs, rows.length, staging);
		commands.submit();
		return { columns: shape.columns, outputs, staging, stamps };
	}

	/** Gives the device the pass that a greedy decoder will ask for after this one; undefined where it cannot. */
	async #lookAhead(flight: Flight, inputs: Inputs): Promise<Flight | undefined> {
		const { rows, pass } = inputs;
		const { vocabulary } = this.shape;
		const shape = { q: inputs.positions.length, r: rows.length, columns: this.#columns };
		const embedding = this.executor.embedding?.(shape);
		const chain = chainOf(pass.spec);
		// Wherever the next pass begins, all of it must find room.
		const { drafts = 0 } = chain ?? {};
		const room =
			pass.start + 3 * drafts <= this.model.capacity && pass.start + drafts <= shape.columns;
		const small = shape.r * vocabulary * 4 <= MOST_LOGITS;
		if (!this.ahead || !chain || !embedding || !room || !small) return undefined;
		const told = this.#inputsOf(shape);
		let by = this.#lookaheads.get(told);
		if (!by) {
			by = new Lookahead(this.#device, pass, {
				shape,
				model: this.shape,
				mask: this.model.mask,
				embedding,
				told,
				commit: this.#commit,
				readback: readbackBytes(rows.length)
			});
			this.#lookaheads.set(told, by);
		}
		const commands = this.#commands;
		const before = flight.ahead?.record ?? by.begin(pass);
		const lane = by.encode(commands.pass(), before, this.#ranked(rows.length), flight.outputs);
		const outputs = await this.executor.run(lane.inputs, shape, commands);
		const stamps = this.#rank(outputs, rows.length, lane.staging);
		commands
			.encoder()
			.copyBufferToBuffer(
				lane.record,
				0,
				lane.staging,
				stampsAt(rows.length) + stamps * 16,
				by.recordBytes
			);
		commands.submit();
		return {
			columns: shape.columns,
			outputs,
			staging: lane.staging,
			stamps,
			ahead: { by, record: lane.record }
		};
	}

	/** Ranks the logits, and leaves what is to be read in `staging`. Returns the number of stamped passes. */
	#rank({ logits }: GraphOutputs, rows: number, staging: GPUBuffer): number {
		const ranked = this.#ranked(rows);
		this.#top.encode(this.#commands.pass(), logits, ranked, rows);
		const encoder = this.#commands.encoder();
		encoder.copyBufferToBuffer(ranked, 0, staging, 0, rows * TOP_BYTES);
		return this.#clock?.resolve(encoder, staging, stampsAt(rows)) ?? 0;
	}

	/** Where TopKernel writes. */
	#ranked(rows: number): GPUBuffer {
		const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
		return this.#scratch.get('top', rows * TOP_BYTES, usage);
	}

	/** What a pass left: the best tokens of its rows, timestamps, and its record. */
	async #readBack(
		{ staging, stamps, ahead }: Flight,
		rows: number
	): Promise<[Top[], stamps: ArrayBuffer, record: ArrayBuffer]> {
		const first = stampsAt(rows);
		const end = first + stamps * 16;
		const read = await readBack(staging, end + (ahead?.by.recordBytes ?? 0));
		return [
			readTop(read.slice(0, rows * TOP_BYTES), rows),
			read.slice(first, end),
			read.slice(end)
		];
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
				this.#caches.of(shape.columns)
			);
		// Re-inserted, the least recently used is the first.
		this.#inputs.delete(key);
		this.#inputs.set(key, buffers);
		for (const [old, oldest] of this.#inputs) {
			if (this.#inputs.size <= SHAPES) break;
			this.#forget(oldest);
			this.#inputs.delete(old);
		}
		return buffers;
	}

	/** Destroys the buffers of a shape, and all that reads them. */
	#forget(inputs: InputBuffers): void {
		const lookahead = this.#lookaheads.get(inputs);
		this.#lookaheads.delete(inputs);
		this.executor.forget([...inputs.own, ...(lookahead?.own ?? [])]);
		lookahead?.destroy();
		inputs.destroy();
	}

	async dispose(): Promise<void> {
		await this.executor.dispose();
		this.#caches.destroy();
		for (const lookahead of this.#lookaheads.values()) lookahead.destroy();
		for (const buffers of this.#inputs.values()) buffers.destroy();
		this.#scratch.dispose();
		this.#top.dispose();
		this.#commit.dispose();
		this.#clock?.dispose();
		this.#device.destroy();
	}

	/** How taps are read: in float32, whatever the graph computes in. */
	#taps(buffer: GPUBuffer): NonNullable<Outputs['taps']> {
		const bytes = this.taps * this.shape.width * this.#itemBytes;
		const read = (row: ArrayBuffer) =>
			this.precision === 'f16' ? fromHalf(new Uint16Array(row)) : toFloats(row);
		return (slots) => this.#orLost(this.#rows(buffer, slots, bytes, read));
	}

	/** Some rows of a matrix, of so many bytes each. */
	async #rows(
		buffer: GPUBuffer,
		rows: readonly number[],
		bytes: number,
		read: (row: ArrayBuffer) => Float32Array
	): Promise<Float32Array[]> {
		if (rows.length === 0) return [];
		const staging = this.#scratch.staging('rows', rows.length * bytes);
		const encoder = this.#device.createCommandEncoder({ label: 'rows' });
		rows.forEach((row, i) => {
			encoder.copyBufferToBuffer(buffer, row * bytes, staging, i * bytes, bytes);
		});
		this.#device.queue.submit([encoder.finish()]);
		const all = await readBack(staging, rows.length * bytes);
		return rows.map((_, i) => read(all.slice(i * bytes, (i + 1) * bytes)));
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

const toFloats = (row: ArrayBuffer) => new Float32Array(row);

/** Where timestamps lie behind the ranked rows. */
const stampsAt = (rows: number) => Math.ceil((rows * TOP_BYTES) / 8) * 8;
const readbackBytes = (rows: number) => stampsAt(rows) + CLOCK_BYTES;
