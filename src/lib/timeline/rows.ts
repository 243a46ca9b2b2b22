import type { LaneIndex, LaneKind, Timeline } from '$engine/timeline/index.ts';

/** A run as it is drawn: its slices, an index for every lane, and what it is called. */
export interface DrawnRun {
	readonly name: string;
	readonly timeline: Timeline;
	readonly lanes: readonly LaneIndex[];
}

/** A horizontal band of the picture. */
export interface Row {
	readonly kind: 'title' | 'lane' | 'tokens';
	readonly run: number;
	/** Of the timeline's lanes; -1 in other rows. */
	readonly lane: number;
	readonly y: number;
	readonly height: number;
	readonly pinned: boolean;
}

export const RULER = 22;
const GAP = 3;
const heights: Readonly<Record<LaneKind, number>> = {
	pass: 16,
	layer: 16,
	kernel: 22,
	memory: 32,
	compute: 32,
	launch: 12,
	link: 16,
	readback: 14,
	difference: 18,
	track: 20
};
const TITLE = 26;
const TOKENS = 26;
const BETWEEN = 14;
/** Room for two lines of words: a lane on top, and whose it is. */
const TWO_LINES = 28;

/** Lanes that a view begins without: what they say stands in the titles. */
export const usuallyHidden: ReadonlySet<LaneKind> = new Set(['pass']);

/** The same set with one more, or one less if it was among them. */
export function toggled<T>(all: ReadonlySet<T>, one: T): ReadonlySet<T> {
	const next = new Set(all);
	if (!next.delete(one)) next.add(one);
	return next;
}

/** One lane of one run, as pins and links name it: '1.3'. */
export const laneKey = (run: number, lane: number): string => `${run}.${lane}`;

/** Keys of the lanes of a kind that have slices, in all runs. */
export const lanesOfKind = (runs: readonly DrawnRun[], kind: LaneKind): string[] =>
	runs.flatMap(({ timeline, lanes }, r) =>
		timeline.lanes.flatMap((lane, l) =>
			lane.kind === kind && lanes[l]!.length > 0 ? [laneKey(r, l)] : []
		)
	);

export const noPins: ReadonlySet<string> = new Set();

/** Those of the pinned lanes that are still the same ones in other runs. */
export function keptPins(
	pinned: ReadonlySet<string>,
	before: readonly { readonly timeline: Timeline }[],
	now: readonly { readonly timeline: Timeline }[]
): ReadonlySet<string> {
	return new Set(
		[...pinned].filter((key) => {
			const [run, lane] = key.split('.').map(Number) as [number, number];
			const [was, is] = [before[run], now[run]].map((one) => one?.timeline.lanes[lane]);
			return is !== undefined && is.kind === was?.kind && is.name === was.name;
		})
	);
}

export interface RowOptions {
	/** Lanes that are not shown, by kind. */
	readonly hidden: ReadonlySet<LaneKind>;
	/** Lanes that stand on top, by their keys. */
	readonly pinned: ReadonlySet<string>;
	/** Rows above the lanes of each run. */
	readonly titles: boolean;
	/** Height of memory and compute lanes, where not the usual one. */
	readonly tall?: number;
}

/** Where everything stands: pinned lanes on top, then run by run; lanes without slices are left out. */
export function rowsOf(
	runs: readonly DrawnRun[],
	{ hidden, pinned, titles, tall }: RowOptions
): { rows: readonly Row[]; height: number } {
	const rows: Row[] = [];
	let y = RULER;
	const add = (kind: Row['kind'], run: number, height: number, lane = -1, isPinned = false) => {
		rows.push({ kind, run, lane, y, height, pinned: isPinned });
		y += height + GAP;
	};
	const heightOf = (kind: LaneKind) =>
		tall && (kind === 'memory' || kind === 'compute') ? tall : heights[kind];
	const lanesOf = (r: number, onTop: boolean) =>
		runs[r]!.timeline.lanes.flatMap(({ kind }, lane) =>
			runs[r]!.lanes[lane]!.length > 0 &&
			!hidden.has(kind) &&
			pinned.has(laneKey(r, lane)) === onTop
				? [{ kind, lane }]
				: []
		);
	for (const r of runs.keys()) {
		for (const { kind, lane } of lanesOf(r, true)) {
			const height = heightOf(kind);
			add('lane', r, runs.length > 1 ? Math.max(TWO_LINES, height) : height, lane, true);
		}
	}
	if (rows.length > 0) y += BETWEEN;
	for (const [r, run] of runs.entries()) {
		if (r > 0) y += BETWEEN;
		if (titles) add('title', r, TITLE);
		for (const { kind, lane } of lanesOf(r, false)) {
			add('lane', r, heightOf(kind), lane);
		}
		if (run.timeline.passes.some(({ tokens }) => tokens > 0)) add('tokens', r, TOKENS);
	}
	return { rows, height: y + GAP };
}

/** The row at a height, or undefined between rows. */
export const rowAt = (rows: readonly Row[], y: number): Row | undefined =>
	rows.find((row) => y >= row.y && y < row.y + row.height);

/** The lanes that tell most of a whole run, thin, one pair a run: what the minimap shows. */
export function minimapRows(runs: readonly DrawnRun[]): {
	rows: readonly Row[];
	height: number;
} {
	const THIN = 9;
	const rows: Row[] = [];
	let y = 2;
	for (const [run, { timeline, lanes }] of runs.entries()) {
		const telling = (['memory', 'compute', 'kernel', 'pass', 'track'] as const)
			.flatMap((kind) =>
				timeline.lanes.flatMap((lane, l) => (lane.kind === kind && lanes[l]!.length > 0 ? [l] : []))
			)
			.slice(0, 2);
		for (const lane of telling) {
			rows.push({ kind: 'lane', run, lane, y, height: THIN, pinned: false });
			y += THIN + 1;
		}
		y += 2;
	}
	return { rows, height: y };
}
