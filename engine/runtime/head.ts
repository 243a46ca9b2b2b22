import type { Head, HeadPass, HeadRow } from '../decode/index.ts';
import { AdditiveMask, layout, prefillSpec } from '../mask/index.ts';
import { rotaryRows, type Shape } from './backend.ts';
import type { Embedding } from './embedding.ts';
import { RuntimeError } from './errors.ts';
import { HostCache } from './hostCache.ts';
import { ortQueue, type Ort, type OrtModule } from './ort.ts';
import { Serial } from './serial.ts';
import { prediction, top } from './top.ts';
import { breathe } from './wasm.ts';

export interface HeadModel {
	readonly name: string;
	/** Of the target; the head has one layer of this shape. */
	readonly shape: Shape;
	/** Drafts are among so many first tokens. */
	readonly vocabulary: number;
	/** Rows that the cache may hold. */
	readonly capacity: number;
}

export interface HeadSessions {
	readonly fuse: Ort.InferenceSession;
	readonly draft: Ort.InferenceSession;
}

/**
 * An EAGLE-3 head on ONNX Runtime, whatever device the sessions are on (engine/train/tidar_train/graph_beside.py has the
 * graphs). Its cache is one layer's, so it lies in JavaScript's memory, and numbers go to the device and back with each
 * pass: at 1024 rows of SmolLM2 1.6 MB. Activations are float32.
 */
export class SessionHead implements Head {
	#length = 0;
	readonly #cache: HostCache;
	readonly #queue = new Serial();
	#disposed = false;

	constructor(
		private readonly ort: OrtModule,
		private readonly sessions: HeadSessions,
		private readonly model: HeadModel,
		private readonly embedding: Pick<Embedding, 'rows'>
	) {
		this.#cache = new HostCache({ ...model.shape, layers: 1 });
	}

	get name(): string {
		return this.model.name;
	}

	get length(): number {
		return this.#length;
	}

	get capacity(): number {
		return this.model.capacity;
	}

	truncate(length: number): void {
		if (!(length >= 0 && length <= this.#length)) {
			throw new RangeError(`Truncate: the head's cache holds ${this.#length} rows, not ${length}.`);
		}
		this.#length = length;
	}

	/** @throws RangeError where there are no rows, or no room for them */
	run(rows: readonly HeadRow[]): Promise<HeadPass> {
		return this.#queue.run(() => this.#run(rows));
	}

	/** Waits for the pass in progress and frees the sessions. */
	dispose(): Promise<void> {
		return this.#queue.run(async () => {
			if (this.#disposed) return;
			this.#disposed = true;
			await ortQueue.run(() => this.sessions.fuse.release());
			await ortQueue.run(() => this.sessions.draft.release());
			this.#cache.clear();
		});
	}

	async #run(rows: readonly HeadRow[]): Promise<HeadPass> {
		if (this.#disposed) {
			throw new RuntimeError('disposed', 'The head was unloaded; load it again.');
		}
		const q = rows.length;
		if (q === 0 || this.#length + q > this.capacity) {
			throw new RangeError(
				`Head: ${q} rows behind ${this.#length}; it takes at least one, and holds ${this.capacity}.`
			);
		}
		const start = performance.now();
		// With room for what this pass adds.
		const columns = this.#cache.columnsFor(this.#length + q);
		if (columns > this.#cache.columns) this.#cache.allocate(columns, this.#length);
		const { width, groups } = this.model.shape;
		const { Tensor } = this.ort;
		const positions = rows.map((_, i) => this.#length + i);
		const pos = rotaryRows(positions, groups);
		// Causal, as a prompt is.
		const causal = layout(prefillSpec(q, 0));
		const mask = new AdditiveMask(causal, this.#cache.columns).open(this.#length);
		const tokens = this.embedding.rows(rows.map(({ token }) => token));
		const results = await ortQueue.run(async () =>
			this.sessions.draft.run({
				token: new Tensor('float32', tokens, [1, q, width]),
				feature: new Tensor('float32', await this.#features(rows), [1, q, width]),
				pos: new Tensor('int64', pos, [1, pos.length]),
				bias: new Tensor('float32', mask.values, [q, mask.columns]),
				rows: new Tensor('int32', Int32Array.of(q - 1), [1]),
				...this.#cache.feeds(this.ort)
			})
		);
		await breathe();
		this.#cache.take(results);
		this.#cache.commit([...rows.keys()], this.#length);
		this.#length += q;
		const few = results.logits!.data as Float32Array;
		const logits = new Float32Array(this.model.shape.vocabulary).fill(-Infinity);
		logits.set(few);
		const state = (results.state!.data as Float32Array).slice((q - 1) * width);
		return {
			predictions: [prediction(top(few))],
			logits: async (slots) => slots.map(() => logits.slice()),
			state,
			times: { total: Math.round((performance.now() - start) * 1000) / 1000 }
		};
	}

	/** One feature a row, [q, d]: taps fused, states as they are. Runs within the queue of ONNX Runtime. */
	async #features(rows: readonly HeadRow[]): Promise<Float32Array> {
		const { width } = this.model.shape;
		const out = new Float32Array(rows.length * width);
		const taps = rows.flatMap(({ feature }) => (feature.of === 'target' ? [feature.taps] : []));
		let fused = new Float32Array();
		if (taps.length > 0) {
			const wide = taps[0]!.length;
			const all = new Float32Array(taps.length * wide);
			taps.forEach((tap, i) => all.set(tap, i * wide));
			const results = await this.sessions.fuse.run({
				taps: new this.ort.Tensor('float32', all, [1, taps.length, wide])
			});
			fused = results.feature!.data as Float32Array<ArrayBuffer>;
		}
		let read = 0;
		rows.forEach(({ feature }, i) => {
			if (feature.of === 'head') return out.set(feature.state, i * width);
			out.set(fused.subarray(read * width, (read + 1) * width), i * width);
			read++;
		});
		return out;
	}
}
