import { setup, type Setup } from './setup.ts';
import { stepCost, stepMs, type Cost } from './step.ts';

/** A quantity that a sweep varies. */
export type Axis = 'slots' | 'batch' | 'context';

/** One point of a sweep. */
export interface SweepPoint extends Cost {
	readonly value: number;
	/** Time over the time of the same setup with one slot. */
	readonly ratio: number;
	readonly zone: Zone;
	readonly fits: boolean;
}
export type Zone = 'free' | 'cheap' | 'paid';

/** Free up to 10 % more than a one-slot step, cheap up to 50 %, paid beyond. */
export const zoneOf = (ratio: number): Zone =>
	ratio <= 1.1 ? 'free' : ratio <= 1.5 ? 'cheap' : 'paid';

/** Slots at which the paper's Figure 1 and the measurements are drawn. */
export const SLOT_AXIS = [
	1, 2, 4, 8, 16, 20, 32, 48, 64, 72, 96, 128, 160, 192, 256, 272, 384, 512, 768, 1024
] as const;

/** Costs of a setup along one axis. */
export function sweep(s: Setup, axis: Axis, values: readonly number[]): SweepPoint[] {
	return values.map((value) => {
		const at = setup({ ...s, [axis]: value });
		const cost = stepCost(at);
		const ratio = cost.ms / stepMs({ ...at, slots: 1 });
		return { ...cost, value, ratio, zone: zoneOf(ratio) };
	});
}

/** The largest number of slots, up to `most`, whose step still costs at most `ratio` one-slot steps. */
export function slotsWithin(s: Setup, ratio: number, most = 4096): number {
	const one = stepMs({ ...s, slots: 1 });
	let [low, high] = [1, most];
	if (stepMs({ ...s, slots: most }) <= ratio * one) return most;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (stepMs({ ...s, slots: middle }) <= ratio * one) low = middle;
		else high = middle;
	}
	return low;
}
