import type { Spread } from '../plan.ts';

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (share: number) =>
		sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
	return { n: sorted.length, median: at(0.5), p10: at(0.1), p90: at(0.9), max: sorted.at(-1)! };
}
