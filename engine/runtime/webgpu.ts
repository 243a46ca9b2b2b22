import type { ModelInfo, StepTimes } from '../decode/index.ts';
import { ChainCourse } from './ahead/chain.ts';
import type { Commit, Course, Followed } from './ahead/course.ts';
import { chainOf, guessNext, isGuess, type Guess } from './ahead/guess.ts';
import { Lookahead } from './ahead/lookahead.ts';
import { treeOf } from './ahead/tree.ts';
import type { Backend, Inputs, Outputs, Shape } from './backend.ts';
import { Caches } from './caches.ts';
import { CLOCK_BYTES, GpuClock, sumOfPasses } from './clock.ts';
import { Commands } from './commands.ts';
import { CommitKernel } from './commitKernel.ts';
import type { Gpu } from './device.ts';
import { RuntimeError } from './errors.ts';
import type { Executor, GraphOutputs, PassShape } from './executor.ts';
import type { Matrix } from './fused/weights.ts';
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

/** A pass that the device has been given. */
interface Flight {
	/** Its sizes; where it ran ahead as a tree, those of the largest one. */
	readonly shape: PassShape;
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
	/** Where that run found the cache to end, and how wide that was. */
	#ran: { readonly start: number; readonly columns: number } | undefined;
	/** The last run, and what would follow it in greedy decoding of a chain. */
	#last: { readonly pass: Followed; readonly guess?: Guess } | undefined;
	/** The pass that runs ahead. */
	#flight: Flight | undefined;
	/** By the inputs of their shape, and by the course. */
	readonly #lookaheads = new Map<InputBuffers, Map<string, Lookahead>>();
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
		const [pending, last, before, ran] = [this.#pending, this.#last, this.#outputs, this.#ran];
		const guessed = last?.guess !== undefined && isGuess(last.pass, last.guess, pass, pending);
		const prepared = this.#prepared(inputs, guessed);
		const flight = prepared ?? (await this.#launch(inputs));
		this.#pending = this.#last = this.#flight = undefined;
		this.#outputs = flight.outputs;
		this.#ran = { start: pass.start, columns: this.#columns };
		const by = flight.ahead?.by;
		const course = treeOf(pass) ?? (guessed ? new ChainCourse(chainOf(pass.spec)!) : undefined);
		if (course && (!by || by.trusted)) this.#flight = await this.#lookAhead(flight, inputs, course);
		const encoded = performance.now();

		const [top, stamps, record] = await this.#readBack(flight, rows.length);
		if (this.#error) throw this.#failed(this.#error);
		if (by && !by.holds(record, pass, pending!)) {
			if (!by.course.varies) {
				if (by.trusted) throw this.#failed('it computed another step than the one asked for');
				this.ahead = false;
			}
			// Nothing is lost yet but what was written in place: this pass is run as it was asked for.
			[this.#pending, this.#ran, this.#flight] = [pending, ran, undefined];
			this.#outputs = before && { ...before, written: 0 };
			return this.#run(inputs);
		}
		const chain = rows.length === pass.tokens.length ? chainOf(pass.spec) : undefined;
		this.#last = { pass, ...(chain && { guess: guessNext(chain, pass, top) }) };
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

	/** The pass that runs ahead, where it is the one asked for, as far as can be seen before it is read back. */
	#prepared(inputs: Inputs, guessed: boolean): Flight | undefined {
		const [flight, before, commit] = [this.#flight, this.#last?.pass, this.#pending];
		if (!flight?.ahead || !before || flight.shape.columns !== this.#columns) return undefined;
		const { course } = flight.ahead.by;
		if (!course.varies) return guessed ? flight : undefined;
		const { pass } = inputs;
		const follows =
			treeOf(pass)?.key === course.key &&
			commit?.at === before.start &&
			pass.start === commit.at + commit.slots.length &&
			this.executor.alike?.(this.#shapeOf(inputs), flight.shape);
		return follows ? flight : undefined;
	}

	#shapeOf({ positions, rows }: Inputs): PassShape {
		return { q: positions.length, r: rows.length, columns: this.#columns };
	}

	/** Gives the device a pass as it was asked for. */
	async #launch(inputs: Inputs): Promise<Flight> {
		const commands = this.#commands;
		const { rows } = inputs;
		if (this.#pending && !this.#written(this.#pending)) {
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
		const shape = this.#shapeOf(inputs);
		const buffers = this.#inputsOf(shape);
		buffers.upload(inputs, commands);
		const outputs = await this.executor.run(buffers, shape, commands);
		const staging = this.#scratch.staging('readback', readbackBytes(rows.length));
		// Where a larger pass may run ahead, what is ranked now shall still be there.
		this.#ranked(Math.max(rows.length, treeOf(inputs.pass)?.slots ?? 0));
		const stamps = this.#rank(outputs, rows.length, staging);
		commands.submit();
		return { shape, outputs, staging, stamps };
	}

	/** Whether what was kept lies where it belongs since the pass that computed it, and no other pass wrote there since. */
	#written({ slots, at }: Commit): boolean {
		if (this.#flight) return false;
		const { written = 0 } = this.#outputs!;
		const { start, columns } = this.#ran!;
		const inOrder = slots.length <= written && slots.every((slot, i) => slot === i);
		return inOrder && at === start && columns === this.#columns && at + slots.length <= columns;
	}

	/** Gives the device the pass that a greedy decoder will ask for after this one; undefined where it cannot. */
	async #lookAhead(flight: Flight, inputs: Inputs, course: Course): Promise<Flight | undefined> {
		const { pass } = inputs;
		const { slots, most } = course;
		const shape = { q: slots, r: slots, columns: this.#columns };
		const embedding = this.executor.embedding?.(shape);
		// Wherever the next pass begins, all of it must find room.
		const room = pass.start + 3 * most <= this.model.capacity && pass.start + most <= shape.columns;
		const small = slots * this.shape.vocabulary * 4 <= MOST_LOGITS;
		if (!this.ahead || !embedding || !room || !small) return undefined;
		const by = this.#lookahead(course, shape, embedding);
		if (by.hopeless) return undefined;
		const commands = this.#commands;
		const before = flight.ahead?.by === by ? flight.ahead.record : by.begin(pass);
		const lane = by.encode(commands.pass(), before, this.#ranked(slots), flight.outputs);
		const outputs = await this.executor.run(lane.inputs, shape, commands);
		const stamps = this.#rank(outputs, slots, lane.staging);
		commands
			.encoder()
			.copyBufferToBuffer(
				lane.record,
				0,
				lane.staging,
				stampsAt(slots) + stamps * 16,
				by.recordBytes
			);
		commands.submit();
		return { shape, outputs, staging: lane.staging, stamps, ahead: { by, record: lane.record } };
	}

	#lookahead(course: Course, shape: PassShape, embedding: Matrix): Lookahead {
		const told = this.#inputsOf(shape);
		const known = this.#lookaheads.get(told) ?? new Map<string, Lookahead>();
		this.#lookaheads.set(told, known);
		let by = known.get(course.key);
		if (!by) {
			by = new Lookahead(this.#device, course, {
				shape,
				model: this.shape,
				mask: this.model.mask,
				embedding,
				told,
				commit: this.#commit,
				readback: readbackBytes(course.slots)
			});
			known.set(course.key, by);
		}
		return by;
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
		{ shape, staging, stamps, ahead }: Flight,
		rows: number
	): Promise<[Top[], stamps: ArrayBuffer, record: ArrayBuffer]> {
		const first = stampsAt(shape.r);
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
		const lookaheads = [...(this.#lookaheads.get(inputs)?.values() ?? [])];
		this.#lookaheads.delete(inputs);
		this.executor.forget([...inputs.own, ...lookaheads.flatMap(({ own }) => own)]);
		for (const lookahead of lookaheads) lookahead.destroy();
		inputs.destroy();
	}

	async dispose(): Promise<void> {
		await this.executor.dispose();
		this.#caches.destroy();
		for (const known of this.#lookaheads.values())
			for (const lookahead of known.values()) lookahead.destroy();
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
