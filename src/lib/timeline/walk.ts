import type { LaneIndex, Timeline } from '$engine/timeline/index.ts';
import { perMs, toMs, toX, type TimeScale } from './scale.ts';

/** Slices narrower than this share a column with their neighbours. */
export const NARROW = 1.5;

/** More slices than this in view are not visited one by one: columns are read off the lane's running sums. */
export const DENSE = 4_000;

export interface Visitor {
	/** A slice wide enough to be seen. */
	bar(slice: number, x: number, width: number): void;
	/** A pixel column: the share of its time in use, and the longest slice in it stands for all. */
	column(slice: number, x: number, share: number): void;
}

/**
 * Walks over what a lane shows in a view, from left to right. The work is bounded by the width of the view and
 * DENSE, whatever the lane holds.
 */
export function walkLane(
	timeline: Timeline,
	index: LaneIndex,
	scale: TimeScale,
	visitor: Visitor
): void {
	const [from, to] = index.between(scale.start, scale.end);
	if (to - from > DENSE) walkColumns(index, scale, visitor);
	else walkSlices(timeline, index, scale, from, to, visitor);
}

function walkSlices(
	{ slices }: Timeline,
	index: LaneIndex,
	scale: TimeScale,
	from: number,
	to: number,
	visitor: Visitor
): void {
	const k = perMs(scale);
	let [column, used, stands, longest] = [-Infinity, 0, 0, 0];
	const flush = () => {
		if (used > 0) visitor.column(stands, column, Math.min(1, used));
		used = 0;
	};
	for (let i = from; i < to; i++) {
		const slice = index.ids[i]!;
		const x = toX(scale, slices.start[slice]!);
		const width = slices.duration[slice]! * k;
		if (width >= NARROW) {
			flush();
			visitor.bar(slice, x, width);
			continue;
		}
		const at = Math.max(scale.left, Math.floor(x));
		if (at !== column) {
			flush();
			[column, longest] = [at, -1];
		}
		if (width > longest) [stands, longest] = [slice, width];
		used += width * slices.share[slice]!;
		// A slice of no length is still an event.
		if (used === 0) used = Number.MIN_VALUE;
	}
	flush();
}

function walkColumns(index: LaneIndex, scale: TimeScale, visitor: Visitor): void {
	const { used } = index.sums();
	const until = (ms: number): [number, number] => {
		const place = index.after(ms) - 1;
		if (place < 0) return [0, 0];
		const length = index.end(place) - index.start(place);
		const part = length > 0 ? Math.min(1, (ms - index.start(place)) / length) : 1;
		return [used[place]! + (used[place + 1]! - used[place]!) * part, place];
	};
	let [before, last] = until(scale.start);
	for (let x = Math.ceil(scale.left); x < scale.right; x++) {
		const ms = toMs(scale, x + 1);
		const [now, place] = until(ms);
		const share = (now - before) / (ms - toMs(scale, x));
		if (share > 0) visitor.column(index.ids[longest(index, last, place)]!, x, Math.min(1, share));
		[before, last] = [now, place];
	}
}

/** Samples of a column: enough to find what most of it is. */
const SAMPLES = 8;

/** The longest of a few slices between two places. */
function longest(index: LaneIndex, from: number, to: number): number {
	let [best, most] = [to, -1];
	const step = Math.max(1, Math.floor((to - from) / SAMPLES));
	for (let i = to; i >= from && i > to - SAMPLES * step; i -= step) {
		const length = index.end(i) - index.start(i);
		if (length > most) [best, most] = [i, length];
	}
	return best;
}
