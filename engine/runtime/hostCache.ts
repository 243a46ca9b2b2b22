import { cacheNames, type Shape } from './backend.ts';
import type { Ort, OrtModule } from './ort.ts';

/** The cache grows by so many columns: all of it is copied to the session with each pass. */
const STEP = 64;

/**
 * Keys and values in JavaScript's memory: of each layer [g, P, c] (KV heads, columns, head size), given to the
 * session with each pass.
 */
export class HostCache {
	/** Columns, P; 0 before the first `allocate`. */
	columns = 0;
	/** Keys of layer 0, values of layer 0, keys of layer 1, … */
	#kept: Float32Array[] = [];
	/** The same of the last run's slots, [q, g · c] each. */
	#fresh: Float32Array[] = [];
	readonly #names: readonly string[];

	constructor(private readonly shape: Pick<Shape, 'layers' | 'kvHeads' | 'headSize'>) {
		this.#names = cacheNames(shape.layers);
	}

	columnsFor(n: number): number {
		return Math.max(STEP, Math.ceil(n / STEP) * STEP);
	}

	/** Makes the cache `columns` wide and keeps its first `length` positions. */
	allocate(columns: number, length: number): void {
		const { kvHeads, headSize } = this.shape;
		this.#kept = this.#names.map((_, i) => {
			const wide = new Float32Array(kvHeads * columns * headSize);
			const old = this.#kept[i];
			for (let head = 0; old && head < kvHeads; head++) {
				const from = head * this.columns * headSize;
				wide.set(old.subarray(from, from + length * headSize), head * columns * headSize);
			}
			return wide;
		});
		this.columns = columns;
	}

	/** Writes these slots of the last run to the positions from `at` on, in order. */
	commit(slots: readonly number[], at: number): void {
		const { kvHeads, headSize } = this.shape;
		this.#kept.forEach((cache, i) => {
			const fresh = this.#fresh[i]!;
			slots.forEach((slot, place) => {
				for (let head = 0; head < kvHeads; head++) {
					const from = (slot * kvHeads + head) * headSize;
					const to = (head * this.columns + at + place) * headSize;
					cache.set(fresh.subarray(from, from + headSize), to);
				}
			});
		});
	}

	/** The graph's inputs past_… */
	feeds({ Tensor }: OrtModule): Record<string, Ort.Tensor> {
		const dims = [1, this.shape.kvHeads, this.columns, this.shape.headSize];
		return Object.fromEntries(
			this.#names.map((name, i) => [`past_${name}`, new Tensor('float32', this.#kept[i]!, dims)])
		);
	}

	/** Takes the outputs new_… of a run. */
	take(results: Ort.InferenceSession.OnnxValueMapType): void {
		this.#fresh = this.#names.map((name) => results[`new_${name}`]!.data as Float32Array);
	}

	clear(): void {
		this.#kept = [];
		this.#fresh = [];
	}
}
