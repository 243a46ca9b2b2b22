/**
 * From time to place and back: [start, end] ms lie on [left, right] px. Values, never changed; what moves the view
 * returns another one.
 */
export interface TimeScale {
	readonly start: number;
	readonly end: number;
	readonly left: number;
	readonly right: number;
}

/** The shortest time that a view shows, in ms: a tenth of a nanosecond a pixel at 1000 px. */
export const SHORTEST = 1e-4;

export const perMs = (s: TimeScale): number => (s.right - s.left) / (s.end - s.start);
export const toX = (s: TimeScale, ms: number): number => s.left + (ms - s.start) * perMs(s);
export const toMs = (s: TimeScale, x: number): number => s.start + (x - s.left) / perMs(s);

/** The same time on other pixels. */
export const onto = (s: TimeScale, left: number, right: number): TimeScale => ({
	...s,
	left,
	right: Math.max(left + 1, right)
});

/**
 * [start, end] brought within [0, duration]: first moved, then cut; never shorter than SHORTEST. All of it where
 * they are no numbers.
 */
export function within(start: number, end: number, duration: number): [start: number, end: number] {
	const whole = Math.max(SHORTEST, duration);
	if (!Number.isFinite(start) || !Number.isFinite(end)) return [0, whole];
	const length = Math.min(whole, Math.max(SHORTEST, end - start));
	const from = Math.min(whole - length, Math.max(0, start));
	return [from, from + length];
}

/** Shows `factor` times less (factor > 1) or more time; what lies at `x` stays there, as far as the ends allow. */
export function zoomAt(s: TimeScale, x: number, factor: number, duration: number): TimeScale {
	const at = toMs(s, x);
	const length = Math.max(SHORTEST, (s.end - s.start) / factor);
	const share = (x - s.left) / (s.right - s.left);
	const [start, end] = within(at - share * length, at + (1 - share) * length, duration);
	return { ...s, start, end };
}

/** Moves the view by pixels: positive shows what is later. */
export function panBy(s: TimeScale, px: number, duration: number): TimeScale {
	const ms = px / perMs(s);
	const [start, end] = within(s.start + ms, s.end + ms, duration);
	return { ...s, start, end };
}

/** Steps of 1, 2 or 5 times a power of ten, at least `room` px apart; ms, ascending. */
export function ticks(
	s: TimeScale,
	room: number
): { readonly step: number; readonly at: number[] } {
	const least = room / perMs(s);
	const power = 10 ** Math.floor(Math.log10(least));
	const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least) ?? 10 * power;
	const at: number[] = [];
	for (let i = Math.ceil(s.start / step - 1e-9); i * step <= s.end * (1 + 1e-12); i++) {
		at.push(i * step);
	}
	return { step, at };
}
