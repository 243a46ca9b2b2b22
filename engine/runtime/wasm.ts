import type { StepTimes } from '../decode/index.ts';
import {
	cacheNames,
	rotaryRows,
	type Backend,
	type Inputs,
	type Outputs,
	type Shape
} from './backend.ts';
import { inNode, ortQueue, type Ort, type OrtModule } from './ort.ts';
import { top } from './top.ts';

/** The cache grows by so many columns: all of it is copied into WebAssembly's memory each pass. */
const STEP = 64;

/**
 * The model on WebAssembly. The cache lies here, keys and values of each layer as [g, P, c]
 * (KV heads, columns, head size), and is copied in with each pass.
 */
export class WasmBackend implements Backend {
	#columns = 0;
	/** Keys of layer 0, values of layer 0, keys of layer 1, … */
	#cache: Float32Array[] = [];
	/** The same of the last run's slots, [q, g · c] each. */
	#fresh: Float32Array[] = [];
	readonly #names: readonly string[];

	constructor(
		private readonly ort: OrtModule,
		private readonly session: Ort.InferenceSession,
		private readonly shape: Shape
	) {
		this.#names = cacheNames(shape.layers);
	}

	get allocated(): number {
		return this.#columns;
	}

	columnsFor(n: number): number {
		return Math.max(STEP, Math.ceil(n / STEP) * STEP);
	}

	allocate(columns: number, length: number): void {
		const { kvHeads, headSize } = this.shape;
		this.#cache = this.#names.map((_, i) => {
			const wide = new Float32Array(kvHeads * columns * headSize);
			const old = this.#cache[i];
			for (let head = 0; old && head < kvHeads; head++) {
				const from = head * this.#columns * headSize;
				wide.set(old.subarray(from, from + length * headSize), head * columns * headSize);
			}
			return wide;
		});
		this.#columns = columns;
	}

	commit(slots: readonly number[], at: number): void {
		const { kvHeads, headSize } = this.shape;
		this.#cache.forEach((cache, i) => {
			const fresh = this.#fresh[i]!;
			slots.forEach((slot, place) => {
				for (let head = 0; head < kvHeads; head++) {
					const from = (slot * kvHeads + head) * headSize;
					const to = (head * this.#columns + at + place) * headSize;
					cache.set(fresh.subarray(from, from + headSize), to);
				}
			});
		});
	}

	async run({ x, positions, mask, rows }: Inputs): Promise<Outputs> {
		const { Tensor } = this.ort;
		const { width, groups, kvHeads, headSize, vocabulary } = this.shape;
		const q = positions.length;
		const start = performance.now();
		const pos = rotaryRows(positions, groups);
		const feeds: Record<string, Ort.Tensor> = {
			x: new Tensor('float32', x, [1, q, width]),
			pos: new Tensor('int64', pos, [1, pos.length]),
			bias: new Tensor('float32', mask.values, [q, mask.columns]),
			rows: new Tensor('int32', Int32Array.from(rows), [rows.length])
		};
		const cacheDims = [1, kvHeads, this.#columns, headSize];
		this.#names.forEach((name, i) => {
			feeds[`past_${name}`] = new Tensor('float32', this.#cache[i]!, cacheDims);
		});
		const results = await ortQueue.run(() => this.session.run(feeds));
		await breathe();
		this.#fresh = this.#names.map((name) => results[`new_${name}`]!.data as Float32Array);
		const logits = results.logits!.data as Float32Array;
		const row = (i: number) => logits.subarray(i * vocabulary, (i + 1) * vocabulary);
		const outputs = rows.map((_, i) => top(row(i)));
		const times: StepTimes = { total: performance.now() - start };
		return { top: outputs, logits: async (asked) => asked.map((i) => row(i).slice()), times };
	}

	async dispose(): Promise<void> {
		await ortQueue.run(() => this.session.release());
		this.#cache = [];
		this.#fresh = [];
	}
}

/**
 * Lets what waits in the event loop run. WebAssembly computes without a break, and promises alone give
 * none: a worker would not hear that it is to stop before the answer is complete.
 */
function breathe(): Promise<void> {
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
