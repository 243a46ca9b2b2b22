import { fromHalf, toHalf } from './half.ts';

/** Weights that share one scale. */
const BLOCK = 32;

/**
 * The embedding table, V rows of d weights in 8 bits with a float16 scale for each 32: w = (byte - 128) ·
 * scale. The head multiplies by the same bytes, so they are in memory anyway, and dequantising the few
 * rows of a pass here saves a device the 113 MB of a float32 table.
 */
export class Embedding {
	readonly #scales: Float32Array;

	/** values: V · d bytes; scales: V · d / 32 float16 bit patterns. */
	constructor(
		private readonly values: Uint8Array,
		scales: Uint16Array,
		readonly width: number
	) {
		this.#scales = fromHalf(scales);
	}

	/** The rows of these tokens, [tokens, d]. */
	rows(
		tokens: readonly number[],
		out = new Float32Array(tokens.length * this.width)
	): Float32Array {
		let at = 0;
		let last = -1;
		for (const token of tokens) {
			// Masks, most of TiDAR's slots, come in long runs.
			if (token === last) {
				out.copyWithin(at, at - this.width, at);
				at += this.width;
				continue;
			}
			last = token;
			const first = token * this.width;
			for (let i = first; i < first + this.width; i++) {
				out[at++] = (this.values[i]! - 128) * this.#scales[(i / BLOCK) | 0]!;
			}
		}
		return out;
	}

	/** The same as float16 bit patterns. */
	halfRows(tokens: readonly number[]): Uint16Array {
		return toHalf(this.rows(tokens));
	}
}
