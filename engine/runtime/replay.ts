import type { Commands } from './commands.ts';
import type { Executor, GraphInputs, GraphOutputs, PassShape } from './executor.ts';
import { Recording } from './replayRecording.ts';
import type { Tape } from './replayTape.ts';

/** Recordings kept: AR and TiDAR with a few k, at the cache sizes of a chat. */
const KEPT = 16;
/** Shapes remembered as seen; prompts of all lengths pass by. */
const REMEMBERED = 256;
/** Rows of logits compared before a recording is trusted. */
const ROWS = 8;

/**
 * Runs the graph without ONNX Runtime. Encoding the 340 to 490 kernels of a pass takes ONNX Runtime more
 * than 10 ms, many times what the GPU needs for them, and the commands are the same for every pass of
 * one shape. So the first pass of a shape runs plainly and builds the pipelines; the second is recorded;
 * later ones repeat the recording in one compute pass. Prompts, whose shape hardly ever comes again, are
 * thus never recorded.
 *
 * A recording is valid for the buffers that it was made with; for others it is made anew. Before it is
 * trusted it is run on the inputs of the recorded pass, and must give the same bits. Where it does not, or
 * a pass cannot be recorded, all passes run plainly from then on, and `onOff` is told why.
 */
export class ReplayExecutor implements Executor {
	/** In the order of their last use. */
	readonly #recordings = new Map<string, Recording>();
	readonly #seen = new Set<string>();
	#off = false;

	constructor(
		private readonly device: GPUDevice,
		private readonly tape: Tape,
		private readonly plain: Executor,
		/** Of a row of logits, and of a slot's keys in one layer. */
		private readonly bytes: { readonly logits: number; readonly keys: number },
		private readonly onOff: (why: string) => void,
		private readonly kept = KEPT
	) {}

	/** How many recordings there are. */
	get size(): number {
		return this.#recordings.size;
	}

	async run(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<GraphOutputs> {
		if (this.#off) return this.plain.run(inputs, shape, commands);
		const key = `${shape.q} ${shape.r} ${shape.columns}`;
		const recording = this.#recordings.get(key);
		if (recording?.reads(inputs)) {
			this.#keep(key, recording);
			recording.encode(commands);
			return recording.outputs;
		}
		if (recording) {
			// What was just encoded may read its outputs.
			commands.submit();
			this.#drop(key);
		}
		if (this.#seen.has(key)) return this.#record(key, inputs, shape, commands);
		this.#seen.add(key);
		for (const old of this.#seen) {
			if (this.#seen.size <= REMEMBERED) break;
			this.#seen.delete(old);
		}
		return this.plain.run(inputs, shape, commands);
	}

	forget(buffers: readonly GPUBuffer[]): void {
		for (const [key, recording] of this.#recordings) {
			if (recording.needs(buffers)) this.#drop(key);
		}
		this.plain.forget(buffers);
	}

	async dispose(): Promise<void> {
		this.#dropAll();
		await this.plain.dispose();
	}

	async #record(
		key: string,
		inputs: GraphInputs,
		shape: PassShape,
		commands: Commands
	): Promise<GraphOutputs> {
		const { result, dispatches, refused, release } = await this.tape.record(() =>
			this.plain.run(inputs, shape, commands)
		);
		if (refused) {
			release();
			this.#turnOff(refused);
			return result;
		}
		const recording = new Recording(this.device, dispatches, inputs, result);
		release();
		this.#keep(key, recording);
		if (await this.#repeats(recording, shape, commands)) return result;
		this.#turnOff(`a repeated pass of ${shape.q} slots does not compute the same`);
		return this.plain.run(inputs, shape, commands);
	}

	/** Whether a recording computes again what the recorded run has just computed. */
	async #repeats(recording: Recording, { q, r }: PassShape, commands: Commands): Promise<boolean> {
		const { logits, fresh } = recording.outputs;
		const row = this.bytes.logits;
		const tensor = q * this.bytes.keys;
		const rows = [
			...new Set(Array.from({ length: ROWS }, (_, i) => Math.floor((i * (r - 1)) / (ROWS - 1))))
		];
		// The last layer's keys and values follow from all that was computed before.
		const last = fresh.slice(-2);
		const bytes = rows.length * row + last.length * tensor;
		const snapshot = async () => {
			const staging = this.device.createBuffer({
				label: 'check of a recording',
				size: bytes,
				usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
			});
			const encoder = commands.encoder();
			rows.forEach((from, i) =>
				encoder.copyBufferToBuffer(logits, from * row, staging, i * row, row)
			);
			last.forEach((buffer, i) =>
				encoder.copyBufferToBuffer(buffer, 0, staging, rows.length * row + i * tensor, tensor)
			);
			commands.submit();
			await staging.mapAsync(GPUMapMode.READ);
			const words = new Uint32Array(staging.getMappedRange().slice(0));
			staging.destroy();
			return words;
		};
		const expected = await snapshot();
		for (const buffer of [logits, ...fresh]) commands.encoder().clearBuffer(buffer);
		recording.encode(commands);
		const got = await snapshot();
		return got.every((word, i) => word === expected[i]);
	}

	#keep(key: string, recording: Recording): void {
		this.#recordings.delete(key);
		this.#recordings.set(key, recording);
		for (const old of this.#recordings.keys()) {
			if (this.#recordings.size <= this.kept) break;
			this.#drop(old);
		}
	}

	#drop(key: string): void {
		this.#recordings.get(key)?.dispose();
		this.#recordings.delete(key);
	}

	#dropAll(): void {
		for (const key of [...this.#recordings.keys()]) this.#drop(key);
	}

	#turnOff(why: string): void {
		this.#off = true;
		this.#dropAll();
		this.onOff(why);
	}
}
