import { AdditiveMask, type Layout } from '../mask/index.ts';

/** Masks kept; a decoder uses one or two layouts, a side-by-side run four. */
const KEPT = 8;

/**
 * Additive masks, built once for each layout and cache size and opened anew each pass. Prompts hardly
 * ever come twice, so the masks of passes that encode one are not kept.
 */
export class Masks {
	readonly #masks = new Map<string, AdditiveMask>();

	/** The mask of a pass over `capacity` cache columns of which the first `length` are in use. */
	get(layout: Layout, capacity: number, length: number): AdditiveMask {
		if (layout.spec.prompt > 0) return new AdditiveMask(layout, capacity).open(length);
		const key = `${capacity} ${JSON.stringify(layout.spec)}`;
		const mask = this.#masks.get(key) ?? new AdditiveMask(layout, capacity);
		// Re-inserted, the least recently used is the first.
		this.#masks.delete(key);
		this.#masks.set(key, mask);
		for (const old of this.#masks.keys()) {
			if (this.#masks.size <= KEPT) break;
			this.#masks.delete(old);
		}
		return mask.open(length);
	}
}
