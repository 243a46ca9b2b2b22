/** Uniform numbers in [0, 1), the same ones for the same seed on every machine. */
export type Random = () => number;

/** A generator of 2³² period with 32 bits of state (Tommy Ettinger's Mulberry32). */
export function random(seed: number): Random {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let z = Math.imul(state ^ (state >>> 15), 1 | state);
		z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
		return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
	};
}
