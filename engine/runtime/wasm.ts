import type { StepTimes } from '../decode/index.ts';
import { rotaryRows, type Backend, type Inputs, type Outputs, type Shape } from './backend.ts';
import { HostCache } from './hostCache.ts';
import { inNode, ortQueue, type Ort, type OrtModule } from './ort.ts';
import { top } from './top.ts';

/** The model on WebAssembly. The cache lies in JavaScript's memory and is copied in with each pass. */
export class WasmBackend implements Backend {
	readonly #cache: HostCache;

	constructor(
		private readonly ort: OrtModule,
		private readonly session: Ort.InferenceSession,
		private readonly shape: Shape
	) {
		this.#cache = new HostCache(shape);
	}

	get allocated(): number {
		return this.#cache.columns;
	}

	columnsFor(n: number): number {
		return this.#cache.columnsFor(n);
	}

	allocate(columns: number, length: number): void {
		this.#cache.allocate(columns, length);
	}

	commit(slots: readonly number[], at: number): void {
		this.#cache.commit(slots, at);
	}

	async run({ x, positions, mask, rows }: Inputs): Promise<Outputs> {
		const { Tensor } = this.ort;
		const { width, groups, vocabulary } = this.shape;
		const q = positions.length;
		const start = performance.now();
		const pos = rotaryRows(positions, groups);
		const feeds: Record<string, Ort.Tensor> = {
			x: new Tensor('float32', x, [1, q, width]),
			pos: new Tensor('int64', pos, [1, pos.length]),
			bias: new Tensor('float32', mask.values, [q, mask.columns]),
			rows: new Tensor('int32', Int32Array.from(rows), [rows.length]),
			...this.#cache.feeds(this.ort)
		};
		const results = await ortQueue.run(() => this.session.run(feeds));
		await breathe();
		this.#cache.take(results);
		const logits = results.logits!.data as Float32Array;
		const row = (i: number) => logits.subarray(i * vocabulary, (i + 1) * vocabulary);
		const taps = results.taps && rowsOf(results.taps.data as Float32Array, q);
		const outputs = rows.map((_, i) => top(row(i)));
		const times: StepTimes = { total: performance.now() - start };
		return {
			top: outputs,
			logits: async (asked) => asked.map((i) => row(i).slice()),
			...(taps && { taps: async (slots) => slots.map((slot) => taps(slot).slice()) }),
			times
		};
	}

	async dispose(): Promise<void> {
		await ortQueue.run(() => this.session.release());
		this.#cache.clear();
	}
}

/** Rows of a matrix of `count` rows. */
const rowsOf = (data: Float32Array, count: number) => (row: number) =>
	data.subarray((row * data.length) / count, ((row + 1) * data.length) / count);

/**
 * Lets what waits in the event loop run. WebAssembly computes without a break, and promises alone give
 * none: a worker would not hear that it is to stop before the answer is complete.
 */
export function breathe(): Promise<void> {
	if (inNode) return new Promise((resolve) => setImmediate(resolve));
	// A timer would wait 4 ms.
	const { port1, port2 } = new MessageChannel();
	return new Promise((resolve) => {
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}
