import type { Step } from '$engine/decode/index.ts';
import { clockOf } from './counters.ts';

/** A moment of two runs on one clock: the last step that each has finished. */
export interface Moment {
	/** Milliseconds since both runs began. */
	readonly at: number;
	/** Index of the last finished step of the first and the second run; -1 before its first. */
	readonly done: readonly [number, number];
}

/**
 * Two runs, made one after the other, laid on one clock: a moment for every step that ends in either.
 * The runs did not compete for the device; each step lasts as long as it was measured to last.
 */
export function momentsOf(first: readonly Step[], second: readonly Step[]): Moment[] {
	const clocks = [clockOf(first), clockOf(second)] as const;
	const times = [...new Set([...clocks[0], ...clocks[1]])].sort((a, b) => a - b);
	const done: [number, number] = [-1, -1];
	return times.map((at) => {
		for (const run of [0, 1] as const) {
			const clock = clocks[run];
			while (done[run] + 1 < clock.length && clock[done[run] + 1]! <= at) done[run]++;
		}
		return { at, done: [...done] };
	});
}
