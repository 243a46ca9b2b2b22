import { cacheNames, type Shape } from './backend.ts';

/** Cache columns at first; they double until they reach the model's capacity. */
const FIRST = 256;

/**
 * Keys and values on the device: each layer's [g, P, c] (KV heads, columns, head size) in a buffer, a set of buffers for
 * each number of columns that was in use. A chat that starts over finds its small set, and the recordings of it, again.
 */
export class Caches {
	readonly #sets = new Map<number, readonly GPUBuffer[]>();

	/** itemBytes: of one number. capacity: columns at most. */
	constructor(
		private readonly device: GPUDevice,
		private readonly shape: Shape,
		private readonly itemBytes: number,
		private readonly capacity: number
	) {}

	/** Columns of the smallest set that holds n positions. */
	columnsFor(n: number): number {
		let columns = FIRST;
		while (columns < n) columns *= 2;
		return Math.min(columns, this.capacity);
	}

	/** The set of a size: keys of layer 0, values of layer 0, … */
	of(columns: number): readonly GPUBuffer[] {
		const known = this.#sets.get(columns);
		if (known) return known;
		const { layers, kvHeads, headSize } = this.shape;
		const set = cacheNames(layers).map((name) =>
			this.device.createBuffer({
				label: `cache ${name}`,
				size: kvHeads * columns * headSize * this.itemBytes,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			})
		);
		this.#sets.set(columns, set);
		return set;
	}

	/** Copies the first `length` columns of one set to another. */
	copy(encoder: GPUCommandEncoder, from: number, to: number, length: number): void {
		const { kvHeads, headSize } = this.shape;
		const row = headSize * this.itemBytes;
		const target = this.of(to);
		this.of(from).forEach((buffer, i) => {
			for (let head = 0; head < kvHeads; head++) {
				const at = head * row;
				encoder.copyBufferToBuffer(buffer, at * from, target[i]!, at * to, length * row);
			}
		});
	}

	destroy(): void {
		for (const set of this.#sets.values()) for (const buffer of set) buffer.destroy();
	}
}
