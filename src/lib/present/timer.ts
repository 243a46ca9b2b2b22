/** A stopwatch that can be held: milliseconds so far, and since when it runs. */
export interface Timer {
	readonly before: number;
	readonly since?: number;
}

export const stopped: Timer = { before: 0 };

/** Milliseconds at a moment. */
export const elapsed = ({ before, since }: Timer, now: number): number =>
	before + (since === undefined ? 0 : Math.max(0, now - since));

/** Starts it, or holds it. */
export const toggle = (timer: Timer, now: number): Timer =>
	timer.since === undefined
		? { before: timer.before, since: now }
		: { before: elapsed(timer, now) };

/** '12:05', from an hour on '1:02:05'. */
export function clock(ms: number): string {
	const s = Math.floor(Math.max(0, ms) / 1000);
	const two = (n: number) => String(n).padStart(2, '0');
	const [h, min] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
	return h > 0 ? `${h}:${two(min)}:${two(s % 60)}` : `${min}:${two(s % 60)}`;
}

/**
 * Minutes by which a lecture is late (above 0) or early: what has passed, against what was planned up to the end of the
 * scene that is shown, and its beginning.
 */
export const lateness = (ms: number, before: number, after: number): number => {
	const minutes = ms / 60_000;
	return minutes > after ? minutes - after : minutes < before ? minutes - before : 0;
};
