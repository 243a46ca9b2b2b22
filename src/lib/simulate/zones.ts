import { slotsWithin, type Setup } from '$engine/cost/index.ts';

/** The most slots that are free, and that are cheap; MOST_SLOTS where even those are. */
export interface Zones {
	readonly free: number;
	readonly cheap: number;
}

/** The most slots looked at. */
export const MOST_SLOTS = 4096;

/** What slots of a set-up cost; how many of them it has now does not matter. */
export const zonesOf = (s: Setup): Zones => ({
	free: slotsWithin(s, 1.1, MOST_SLOTS),
	cheap: slotsWithin(s, 1.5, MOST_SLOTS)
});
