import { visible, type Layout } from './layout.ts';

/** Added to an attention score to hide a column. Large enough for softmax, small enough for float16. */
export const HIDDEN = -1e4;

/**
 * The additive attention mask of a layout over a cache of fixed capacity P: q rows of P + q columns,
 * 0 where the slot sees the column and HIDDEN where not. Columns 0 .. P-1 are the cache, column P + i
 * is slot i. What slots see of each other is written once; from step to step only the cache columns
 * between the old and the new length change.
 */
export class AdditiveMask {
	readonly rows: number;
	readonly columns: number;
	/** Row-major, rows × columns. */
	readonly values: Float32Array;
	#open = 0;

	constructor(
		layout: Layout,
		readonly capacity: number
	) {
		this.rows = layout.slots.length;
		this.columns = capacity + this.rows;
		this.values = new Float32Array(this.rows * this.columns).fill(HIDDEN);
		visible(layout).forEach((seen, row) => {
			for (const slot of seen) this.values[row * this.columns + capacity + slot] = 0;
		});
	}

	/** How many cache columns are shown. */
	get shown(): number {
		return this.#open;
	}

	/** Shows the first `length` cache columns to every slot and hides the others. */
	open(length: number): this {
		if (length > this.capacity) {
			throw new RangeError(`Mask: ${length} positions do not fit a cache of ${this.capacity}.`);
		}
		const from = Math.min(this.#open, length);
		const to = Math.max(this.#open, length);
		const value = length > this.#open ? 0 : HIDDEN;
		for (let row = 0; row < this.rows; row++) {
			this.values.fill(value, row * this.columns + from, row * this.columns + to);
		}
		this.#open = length;
		return this;
	}
}
