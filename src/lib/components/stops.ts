/** Positions of a slider: a slider moves from one to the next, a number field takes anything between. */

/** Every `step` from `min` to `max`, both included. */
export const evenStops = (min: number, max: number, step = 1): number[] =>
	Array.from({ length: Math.floor((max - min) / step + 1e-9) + 1 }, (_, i) =>
		Number((min + i * step).toPrecision(12))
	);

/**
 * Whole numbers from `min` >= 1 to `max` in about equal ratios, `perDoubling` to a doubling; every number
 * where the ratio is finer than one. Powers of two are always among them.
 */
export function ratioStops(min: number, max: number, perDoubling = 8): number[] {
	const stops = new Set([min]);
	const first = Math.floor(Math.log2(min) * perDoubling);
	const last = Math.ceil(Math.log2(max) * perDoubling);
	for (let i = first; i <= last; i++) {
		const value = Math.round(2 ** (i / perDoubling));
		if (value > min && value < max) stops.add(value);
	}
	return [...stops, max];
}

/** The index of the stop nearest to a value. `stops` grow. */
export function nearestStop(stops: readonly number[], value: number): number {
	let best = 0;
	for (const [i, stop] of stops.entries()) {
		if (Math.abs(stop - value) < Math.abs(stops[best]! - value)) best = i;
	}
	return best;
}
