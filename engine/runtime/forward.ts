import type {
	FeatureForward,
	Forward,
	ModelInfo,
	Pass,
	PassInput,
	StepTimes
} from '../decode/index.ts';
import type { Backend, Outputs } from './backend.ts';
import type { Embedding } from './embedding.ts';
import { RuntimeError } from './errors.ts';
import { Masks } from './masks.ts';
import { Serial } from './serial.ts';
import { prediction } from './top.ts';

/** Slots of the last pass that belong in the cache but were not written yet: positions from `at` on. */
interface Pending {
	at: number;
	slots: number[];
}

/**
 * A Forward on a backend. It keeps the books of the cache: which positions hold something, and what is
 * still to be written. `keep` and `truncate` only change the books; the next pass first makes the cache
 * agree with them, so that rows are written once, and a row that is taken back is never written.
 */
export class RuntimeForward implements Forward {
	#length = 0;
	#pending: Pending = { at: 0, slots: [] };
	/** Slots of the last pass, and its number: what `keep` and `Pass.logits` may refer to. */
	#slots = 0;
	#outputs: Outputs | undefined;
	#generation = 0;
	#disposed = false;
	readonly #queue = new Serial();
	readonly #masks = new Masks();

	constructor(
		readonly model: ModelInfo,
		private readonly backend: Backend,
		private readonly embedding: Pick<Embedding, 'rows'>
	) {}

	get length(): number {
		return this.#length;
	}

	run(input: PassInput): Promise<Pass> {
		return this.#queue.run(() => this.#run(input));
	}

	keep(slots: readonly number[]): void {
		const wrong = slots.find((slot) => !(slot >= 0 && slot < this.#slots));
		if (wrong !== undefined) {
			throw new RangeError(
				`Keep: the last pass has ${this.#slots} slots, so there is no slot ${wrong}.`
			);
		}
		this.#checkRoom(this.#length + slots.length);
		this.#pending.slots.push(...slots);
		this.#length += slots.length;
	}

	truncate(length: number): void {
		if (!(length >= 0 && length <= this.#length)) {
			throw new RangeError(`Truncate: the cache holds ${this.#length} positions, not ${length}.`);
		}
		const { at, slots } = this.#pending;
		this.#pending = { at: Math.min(at, length), slots: slots.slice(0, Math.max(0, length - at)) };
		this.#length = length;
	}

	/** Taps of slots of the last pass (FeatureForward.features). @throws RangeError where there are none */
	protected taps(slots: readonly number[]): Promise<Float32Array[]> {
		return this.#queue.run(async () => {
			const wrong = slots.find((slot) => !(slot >= 0 && slot < this.#slots));
			if (wrong !== undefined || !this.#outputs?.taps) {
				throw new RangeError(
					`Features: slots ${slots} were asked for; the last pass has ${this.#slots}${this.#outputs?.taps ? '' : ', and no taps'}.`
				);
			}
			return this.#outputs.taps(slots);
		});
	}

	/** Waits for the pass in progress and frees the device's memory. Later passes are refused. */
	dispose(): Promise<void> {
		return this.#queue.run(async () => {
			if (this.#disposed) return;
			this.#disposed = true;
			await this.backend.dispose();
		});
	}

	async #run({ layout, tokens, predict, grows }: PassInput): Promise<Pass> {
		if (this.#disposed) {
			throw new RuntimeError('disposed', 'The model was unloaded; load it again.');
		}
		const { slots } = layout;
		const { vocabulary } = this.model;
		if (tokens.length !== slots.length || slots.length === 0) {
			throw new RangeError(
				`Pass: ${tokens.length} tokens for ${slots.length} slots; there must be one a slot, and at least one.`
			);
		}
		const unknown = tokens.find((token) => !(token >= 0 && token < vocabulary));
		if (unknown !== undefined) {
			throw new RangeError(`Pass: token ${unknown} is not in the vocabulary of ${vocabulary}.`);
		}
		const wanted = predict ?? slots.map((_, slot) => slot);
		if (wanted.some((slot) => !(slot >= 0 && slot < slots.length))) {
			throw new RangeError(
				`Pass: predictions wanted of slots ${wanted}; there are ${slots.length} slots.`
			);
		}
		const positions = slots.map(({ offset }) => this.#length + offset);
		this.#checkRoom(Math.max(...positions) + 1);

		const start = performance.now();
		this.#settle();
		const generation = ++this.#generation;
		// The old slots are gone even if this pass fails.
		this.#slots = 0;
		this.#outputs = undefined;
		const outputs = await this.backend.run({
			x: this.embedding.rows(tokens),
			positions,
			mask: this.#masks.get(layout, this.backend.allocated, this.#length),
			// The graph computes at least one row.
			rows: wanted.length > 0 ? wanted : [0],
			pass: { spec: layout.spec, tokens, start: this.#length, ...(grows && { grows }) }
		});
		const predictions = new Array<Pass['predictions'][number]>(slots.length).fill(null);
		wanted.forEach((slot, row) => (predictions[slot] = prediction(outputs.top[row]!)));
		this.#slots = slots.length;
		this.#outputs = outputs;
		return {
			predictions,
			logits: (asked) => this.#logits(outputs, wanted, asked, generation),
			times: toMicroseconds({ ...outputs.times, total: performance.now() - start })
		};
	}

	/** Makes the backend's cache what the books say. */
	#settle(): void {
		const { at, slots } = this.#pending;
		const columns = this.backend.columnsFor(this.#length);
		// An emptied cache also shrinks: a short one makes passes faster.
		if (
			columns > this.backend.allocated ||
			(this.#length === 0 && columns < this.backend.allocated)
		) {
			this.backend.allocate(columns, at);
		}
		if (slots.length > 0) this.backend.commit(slots, at);
		this.#pending = { at: this.#length, slots: [] };
	}

	async #logits(
		outputs: Outputs,
		wanted: readonly number[],
		asked: readonly number[],
		generation: number
	): Promise<Float32Array[]> {
		const rows = asked.map((slot) => wanted.indexOf(slot));
		if (rows.includes(-1)) {
			throw new RangeError(
				`Logits: slots ${asked} were asked for, but the pass predicts only ${wanted}.`
			);
		}
		return this.#queue.run(async () => {
			if (generation !== this.#generation || this.#disposed) {
				throw new RangeError(
					'Logits: another pass ran since; ask for logits before the next pass.'
				);
			}
			return outputs.logits(rows);
		});
	}

	#checkRoom(positions: number): void {
		const { capacity } = this.model;
		if (positions > capacity) {
			throw new RuntimeError(
				'capacity',
				`The pass would reach position ${positions - 1}, but the cache ends at ${capacity - 1}. Shorten the prompt or start a new chat.`
			);
		}
	}
}

/** A RuntimeForward on a graph with taps. */
export class TappedForward extends RuntimeForward implements FeatureForward {
	features(slots: readonly number[]): Promise<Float32Array[]> {
		return this.taps(slots);
	}
}

/** Milliseconds to three decimals: no clock in a browser is finer. */
const toMicroseconds = (times: StepTimes): StepTimes =>
	Object.fromEntries(
		Object.entries(times).map(([part, ms]) => [part, Math.round(ms * 1000) / 1000])
	) as unknown as StepTimes;
