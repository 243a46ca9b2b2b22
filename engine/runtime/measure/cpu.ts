import { spreadOf, type Spread } from './spread.ts';

/** Bytes that are copied: more than most processors' last cache holds. */
const BYTES = 2 ** 26;
const REPEATS = 9;

/** GB/s of a copy in the processor's memory by one thread, what is read and what is written counted. */
export function copyInMemory(repeats = REPEATS): Spread {
	const from = new Uint8Array(BYTES).fill(1);
	const to = new Uint8Array(BYTES);
	const found: number[] = [];
	for (let i = 0; i <= repeats; i++) {
		const start = performance.now();
		to.set(from);
		const ms = performance.now() - start;
		// The first copy also asks the system for the pages.
		if (i > 0) found.push((2 * BYTES) / 1e6 / Math.max(ms, 1e-3));
	}
	return spreadOf(found);
}
