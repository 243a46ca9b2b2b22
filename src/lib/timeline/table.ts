import {
	operatorNames,
	sliceKinds,
	type LaneTotals,
	type Timeline
} from '$engine/timeline/index.ts';
import type { Area } from './draw.ts';
import type { DrawnRun } from './rows.ts';
import type { Words } from './words.ts';

/** Totals of an area, lane by lane, of one run: lanes that count nothing are left out. */
export function totalsOf(run: DrawnRun, { start, end }: Area): LaneTotals[] {
	return run.lanes
		.filter(({ lane, length }) => length > 0 && shown.has(run.timeline.lanes[lane]!.kind))
		.map((index) => index.totals(start, Math.min(end, run.timeline.duration)))
		.filter(({ ms }) => ms > 0);
}
const shown = new Set(['kernel', 'memory', 'compute', 'launch', 'link', 'readback', 'track']);

/** One slice in full: what the details and the table say. */
export interface SliceFacts {
	readonly lane: string;
	readonly what: string;
	readonly name: string;
	readonly layer: number | undefined;
	readonly start: number;
	readonly ms: number;
	readonly bytes: number;
	readonly flops: number;
	readonly share: number;
}

export function factsOf(timeline: Timeline, slice: number, words: Words): SliceFacts {
	const { slices, lanes, labels } = timeline;
	const lane = lanes[slices.lane[slice]!]!;
	const kind = sliceKinds[slices.kind[slice]!]!;
	const operator = operatorNames[slices.operator[slice]!]!;
	const layer = slices.layer[slice]!;
	return {
		lane: lane.name || words.lane[lane.kind],
		what:
			operator === 'none' ? words.slice[kind] : `${words.slice[kind]}, ${words.operator(operator)}`,
		name: labels[slices.label[slice]!]!,
		layer: layer >= 0 ? layer : undefined,
		start: slices.start[slice]!,
		ms: slices.duration[slice]!,
		bytes: slices.bytes[slice]!,
		flops: slices.flops[slice]!,
		share: slices.share[slice]!
	};
}

/** Slices of the lanes that name kernels (or, without, passes and tracks) in view, at most `most`, in order of time. */
export function slicesInView(run: DrawnRun, { start, end }: Area, most: number): number[] {
	const kinds = ['kernel', 'pass', 'track'] as const;
	const index = kinds
		.map((kind) => run.lanes.find((l) => l.length > 0 && run.timeline.lanes[l.lane]!.kind === kind))
		.find((found) => found !== undefined);
	if (!index) return [];
	const [from, to] = index.between(start, end);
	return Array.from(index.ids.subarray(from, Math.min(to, from + most)));
}

/** A table to be copied: names of the columns, and rows. */
export interface Copy {
	readonly head: readonly string[];
	readonly rows: readonly (readonly (string | number)[])[];
}

/** An area's totals; times in ms, rates per second. */
export function totalsTable(
	runs: readonly DrawnRun[],
	area: Area,
	laneName: (run: DrawnRun, lane: number) => string
): Copy {
	const head = 'run,lane,slices,ms,busy ms,idle,bytes,FLOP,bytes/s,FLOP/s'.split(',');
	const rows = runs.flatMap((run) =>
		totalsOf(run, area).map((t) => [
			run.name,
			laneName(run, t.lane),
			t.slices,
			...[t.ms, t.busyMs, t.idle, t.bytes, t.flops, t.bytesPerSecond, t.flopsPerSecond].map((n) =>
				Number(n.toPrecision(6))
			)
		])
	);
	return { head, rows };
}

/** Forms in which a table is copied. */
export const copyForms = ['TSV', 'Markdown', 'JSON'] as const;
export type CopyForm = (typeof copyForms)[number];

/** A table as text. Names come from foreign files: nothing in them breaks a row. */
export function copyAs({ head, rows }: Copy, form: CopyForm): string {
	const plain = (cell: string | number) => String(cell).replace(/\s+/g, ' ');
	const piped = (row: readonly (string | number)[]) =>
		`| ${row.map((cell) => plain(cell).replace(/[\\|]/g, '\\$&')).join(' | ')} |`;
	switch (form) {
		case 'TSV':
			return `${[head, ...rows].map((row) => row.map(plain).join('\t')).join('\n')}\n`;
		case 'Markdown':
			return `${[piped(head), `|${'---|'.repeat(head.length)}`, ...rows.map(piped)].join('\n')}\n`;
		case 'JSON':
			return `${JSON.stringify(
				rows.map((row) => Object.fromEntries(row.map((cell, i) => [head[i], cell]))),
				null,
				'\t'
			)}\n`;
	}
}
