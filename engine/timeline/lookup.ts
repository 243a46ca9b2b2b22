import type { LaneKind } from './lanes.ts';
import type { Timeline } from './slices.ts';

/** What lies between two times on one lane. A slice that is cut counts by the part inside. */
export interface LaneTotals {
	readonly lane: number;
	/** Slices that touch the area. */
	readonly slices: number;
	/** Length of the area, and the time in it in which a slice runs; ms. */
	readonly ms: number;
	readonly busyMs: number;
	/** 1 - (busy time, weighted with the share of the resource in use) / length. */
	readonly idle: number;
	readonly bytes: number;
	readonly flops: number;
	/** Per second of the area. */
	readonly bytesPerSecond: number;
	readonly flopsPerSecond: number;
}

/** Overlaps below a tenth of a nanosecond are rounding, in ms. */
const TOUCH = 1e-7;

/** The slices of one lane, ascending by start, with running sums: every question takes O(log n). */
export class LaneIndex {
	/** Slice numbers. */
	readonly ids: Uint32Array;
	readonly lane: number;
	readonly #timeline: Timeline;
	#sums:
		| { busy: Float64Array; used: Float64Array; bytes: Float64Array; flops: Float64Array }
		| undefined;

	constructor(timeline: Timeline, lane: number, ids: Uint32Array) {
		this.#timeline = timeline;
		this.lane = lane;
		this.ids = ids;
	}

	get length(): number {
		return this.ids.length;
	}

	start(i: number): number {
		return this.#timeline.slices.start[this.ids[i]!]!;
	}

	end(i: number): number {
		const id = this.ids[i]!;
		return this.#timeline.slices.start[id]! + this.#timeline.slices.duration[id]!;
	}

	/** The first place whose slice starts after `time`; the slice at `time` is the one before. */
	after(time: number): number {
		let [low, high] = [0, this.ids.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.start(middle) > time) high = middle;
			else low = middle + 1;
		}
		return low;
	}

	/** Places [from, to) of the slices that touch [start, end). */
	between(start: number, end: number): [from: number, to: number] {
		let from = this.after(start);
		if (from > 0 && this.end(from - 1) > start) from--;
		let to = this.after(end);
		while (to > from && this.start(to - 1) >= end) to--;
		return [from, to];
	}

	/** The slice at `time`, or undefined where the lane is idle. */
	at(time: number): number | undefined {
		const i = this.after(time) - 1;
		return i >= 0 && this.end(i) > time ? this.ids[i] : undefined;
	}

	/** The slice whose middle or edge is nearest to `time`, within `reach` ms: what a click means. */
	near(time: number, reach: number): number | undefined {
		const i = this.after(time);
		let [best, nearest] = [reach, undefined as number | undefined];
		for (const j of [i - 1, i]) {
			if (j < 0 || j >= this.ids.length) continue;
			const away = Math.max(0, this.start(j) - time, time - this.end(j));
			if (away <= best) [best, nearest] = [away, this.ids[j]];
		}
		return nearest;
	}

	/** Totals of [start, end) in ms. */
	totals(start: number, end: number): LaneTotals {
		const sums = this.sums();
		const [from, to] = this.between(start, end);
		const ms = end - start;
		const sum = (field: 'busy' | 'used' | 'bytes' | 'flops') => {
			if (from >= to) return 0;
			const all = sums[field];
			const part = (i: number) => all[i + 1]! - all[i]!;
			const outside = (i: number) => {
				const length = this.end(i) - this.start(i);
				if (!(length > 0)) return 0;
				const cut = Math.max(0, start - this.start(i)) + Math.max(0, this.end(i) - end);
				return (part(i) * Math.min(length, cut)) / length;
			};
			const last = to - 1;
			return all[to]! - all[from]! - outside(from) - (last > from ? outside(last) : 0);
		};
		// An edge that is met only by rounding does not count.
		let slices = to - from;
		if (slices > 0 && this.end(from) - start < TOUCH) slices--;
		if (slices > 1 && end - this.start(to - 1) < TOUCH) slices--;
		const bytes = sum('bytes');
		const flops = sum('flops');
		return {
			lane: this.lane,
			slices,
			ms,
			busyMs: sum('busy'),
			idle: ms > 0 ? Math.max(0, 1 - sum('used') / ms) : 1,
			bytes,
			flops,
			bytesPerSecond: ms > 0 ? (bytes * 1000) / ms : 0,
			flopsPerSecond: ms > 0 ? (flops * 1000) / ms : 0
		};
	}

	/** Running sums, entry i over the first i slices: time, time weighted with share, bytes, FLOPs. */
	sums() {
		if (this.#sums) return this.#sums;
		const n = this.ids.length;
		const { duration, share, bytes, flops } = this.#timeline.slices;
		const sums = {
			busy: new Float64Array(n + 1),
			used: new Float64Array(n + 1),
			bytes: new Float64Array(n + 1),
			flops: new Float64Array(n + 1)
		};
		for (let i = 0; i < n; i++) {
			const id = this.ids[i]!;
			sums.busy[i + 1] = sums.busy[i]! + duration[id]!;
			sums.used[i + 1] = sums.used[i]! + duration[id]! * share[id]!;
			sums.bytes[i + 1] = sums.bytes[i]! + bytes[id]!;
			sums.flops[i + 1] = sums.flops[i]! + flops[id]!;
		}
		return (this.#sums = sums);
	}
}

/** An index for every lane of a timeline: one counting pass over the slices. */
export function indexLanes(timeline: Timeline): LaneIndex[] {
	const { lane, length } = timeline.slices;
	const counts = new Uint32Array(timeline.lanes.length);
	for (let i = 0; i < length; i++) counts[lane[i]!] = counts[lane[i]!]! + 1;
	const ids = Array.from(counts, (count) => new Uint32Array(count));
	const filled = new Uint32Array(counts.length);
	for (let i = 0; i < length; i++) {
		const l = lane[i]!;
		ids[l]![filled[l]!] = i;
		filled[l] = filled[l]! + 1;
	}
	return ids.map((list, l) => new LaneIndex(timeline, l, list));
}

/** The lane of a kind that holds slices, or undefined. */
export const laneOf = (
	timeline: Timeline,
	indexes: readonly LaneIndex[],
	kind: LaneKind
): LaneIndex | undefined =>
	indexes.find((index) => timeline.lanes[index.lane]!.kind === kind && index.length > 0);

/** Tokens that have dropped out up to a time. */
export function tokensUntil({ passes }: Pick<Timeline, 'passes'>, time: number): number {
	let tokens = 0;
	for (const pass of passes) {
		if (pass.out > time) break;
		tokens += pass.tokens;
	}
	return tokens;
}
