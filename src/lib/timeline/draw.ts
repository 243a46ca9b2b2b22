import { operatorNames, sliceKinds, type Timeline } from '$engine/timeline/index.ts';
import { fitted, widthOf, type Fill, type Pen } from './pen.ts';
import { RULER, type DrawnRun, type Row } from './rows.ts';
import { perMs, ticks, toX, type TimeScale } from './scale.ts';
import { tellBytes, tellTick } from './units.ts';
import { NARROW, walkLane } from './walk.ts';
import type { Words } from './words.ts';

/** A slice of a run. */
export interface Spot {
	readonly run: number;
	readonly slice: number;
}

/** A stretch of time, in ms. */
export interface Area {
	readonly start: number;
	readonly end: number;
}

export interface Mark extends Area {
	readonly name: string;
}

/** Everything that one picture depends on. */
export interface Scene {
	readonly width: number;
	readonly height: number;
	/** Between the lane names and the right edge. */
	readonly scale: TimeScale;
	readonly runs: readonly DrawnRun[];
	readonly rows: readonly Row[];
	readonly words: Words;
	/** What stands at the right of a run's title. */
	readonly status: readonly string[];
	/** ms; absent where nothing plays. */
	readonly playHead?: number;
	/** What is later than the play head: under a veil, or not there yet. */
	readonly future: 'shown' | 'veiled' | 'hidden';
	/** Milliseconds of the reader's time that a ms of the run takes: how long dropping tokens fall. */
	readonly slowdown: number;
	readonly area?: Area;
	readonly marks?: readonly Mark[];
	readonly selected?: Spot;
	readonly hovered?: Spot;
	/** Slices that a search found, by run. */
	readonly found?: readonly ReadonlySet<number>[];
	readonly ruler: boolean;
	/** Names of the lanes at the left. */
	readonly names: boolean;
}

/** Milliseconds in which a token falls, from the art direction. */
const FALL = 420;

/** Pictures less wide than this, in px, are a phone's. */
export const NARROW_PICTURE = 560;

/** Draws a scene. What is seen depends on nothing else. */
export function draw(pen: Pen, scene: Scene): void {
	const { width, height, scale, rows, runs } = scene;
	pen.rect(0, 0, width, height, 'paper');
	if (scene.ruler) drawRuler(pen, scene);
	pen.clip(scale.left, 0, scale.right - scale.left, height);
	for (const row of rows) {
		if (row.kind === 'lane') drawLane(pen, scene, row, runs[row.run]!);
		else if (row.kind === 'tokens') drawTokens(pen, scene, row, runs[row.run]!.timeline);
	}
	drawMarks(pen, scene);
	drawHead(pen, scene);
	pen.unclip();
	// Last, so that no veil lies over words.
	if (scene.names) for (const row of rows) drawName(pen, scene, row);
}

function drawRuler(pen: Pen, { scale, height, width }: Scene): void {
	const { step, at } = ticks(scale, Math.max(72, widthOf('000.000 ms', 11) + 16));
	for (const ms of at) {
		const x = Math.round(toX(scale, ms)) + 0.5;
		pen.line(x, RULER - 6, x, height, 'line');
		const text = tellTick(ms, step);
		if (x + 4 + widthOf(text) < width) pen.text(x + 4, 8, text, { ink: 'muted' });
	}
	pen.line(scale.left, RULER - 0.5, scale.right, RULER - 0.5, 'line');
}

function drawName(pen: Pen, { scale, runs, status, words, width }: Scene, row: Row): void {
	const middle = row.y + row.height / 2;
	const run = runs[row.run]!;
	if (row.kind === 'title') {
		// The numbers get what the name leaves, and where there is little, smaller type: the idle share stands last.
		const title = fitted(run.name, width * 0.4, 13);
		const size = width < NARROW_PICTURE ? 10 : 11;
		const stat = fitted(status[row.run] ?? '', width - widthOf(title, 13) - 16, size);
		pen.text(0, middle, title, { bold: true, size: 13 });
		pen.text(width - 2, middle, stat, { align: 'end', ink: 'muted', size });
		return;
	}
	if (scale.left < 40) return;
	const room = scale.left - 10;
	const usual = width < NARROW_PICTURE ? 10 : 11;
	const name = (text: string, y: number) =>
		pen.text(0, y, fitted(text, room, usual), { ink: 'muted', size: usual });
	if (row.kind === 'tokens') return name(words.tokens, middle);
	const lane = run.timeline.lanes[row.lane]!;
	const said = lane.name || words.lane[lane.kind];
	if (!row.pinned || runs.length < 2) return name(said, middle);
	// Above the titles a lane says whose it is, on a line of its own; a long name reaches into the lane.
	const whose = fitted(run.name, width * 0.6, 10);
	const wide = widthOf(whose, 10) + 4;
	if (wide > scale.left) pen.rect(scale.left, middle - 14, wide - scale.left, 14, 'paper');
	pen.text(0, middle - 7, whose, { size: 10 });
	name(said, middle + 7);
}

const matrices: ReadonlySet<string> = new Set([
	'qkv',
	'o',
	'gate-up',
	'down',
	'head',
	'router',
	'matmul'
]);

/** How a slice is drawn. */
export function fillOf({ slices }: Timeline, slice: number): Fill {
	const kind = sliceKinds[slices.kind[slice]!]!;
	if (kind !== 'kernel') return kind;
	const operator = operatorNames[slices.operator[slice]!]!;
	return matrices.has(operator) ? 'matrix' : operator === 'attention' ? 'attention' : 'small';
}

/** What a wide enough bar says of itself. */
export function labelOf(timeline: Timeline, slice: number, words: Words): string {
	const { slices, labels, passes } = timeline;
	const kind = sliceKinds[slices.kind[slice]!]!;
	const label = labels[slices.label[slice]!]!;
	switch (kind) {
		case 'layer':
			return words.layer(slices.layer[slice]!);
		case 'pass':
			return words.role(label, passes[slices.pass[slice]!]?.slots ?? 0);
		case 'weights':
		case 'kv':
		case 'activations':
			return `${words.slice[kind]} ${tellBytes(slices.bytes[slice]!)}`;
		case 'compute':
			return '';
		case 'kernel': {
			const operator = operatorNames[slices.operator[slice]!]!;
			return operator === 'none' || operator === 'other' ? label : words.operator(operator);
		}
		default:
			return label;
	}
}

function drawLane(pen: Pen, scene: Scene, row: Row, run: DrawnRun): void {
	const { timeline } = run;
	const index = run.lanes[row.lane]!;
	const { slices } = timeline;
	const bottom = row.y + row.height;
	const found = scene.found?.[row.run];
	pen.line(scene.scale.left, bottom + 0.5, scene.scale.right, bottom + 0.5, 'line');

	// Columns of one look are one shape; neighbours of the same height are one column of it.
	const skylines = new Map<Fill, number[]>();
	const hits: number[] = [];
	walkLane(timeline, index, scene.scale, {
		column(slice, x, share) {
			const height = Math.max(1, Math.round(share * row.height));
			const fill = fillOf(timeline, slice);
			let columns = skylines.get(fill);
			if (!columns) skylines.set(fill, (columns = []));
			const last = columns.length - 3;
			if (last >= 0 && columns[last + 2] === height && columns[last]! + columns[last + 1]! === x) {
				columns[last + 1]!++;
			} else {
				columns.push(x, 1, height);
			}
			if (found?.has(slice)) hits.push(x);
		},
		bar(slice, x, width) {
			const fill = fillOf(timeline, slice);
			const height = Math.max(1, slices.share[slice]! * row.height);
			// What is wide enough keeps a gap to its neighbour.
			const shown = width > 4 ? width - 1 : width;
			const left = Math.max(x, scene.scale.left - 8);
			const right = Math.min(x + shown, scene.scale.right + 8);
			pen.rect(left, bottom - height, right - left, height, fill);
			if (row.height >= 14 && right - left > 34) {
				label(pen, labelOf(timeline, slice, scene.words), left, right, row, fill, scene.scale);
			}
			if (found?.has(slice)) pen.frame(left, row.y, right - left, row.height, 'accent', 1);
		}
	});
	for (const [fill, columns] of skylines) pen.skyline(bottom, columns, fill);
	for (const x of hits) pen.frame(x - 1, row.y, 3, row.height, 'accent', 1);
	for (const spot of [scene.hovered, scene.selected]) {
		if (spot?.run !== row.run || slices.lane[spot.slice] !== row.lane) continue;
		const x = toX(scene.scale, slices.start[spot.slice]!);
		const width = Math.max(3, slices.duration[spot.slice]! * perMs(scene.scale));
		pen.frame(x, row.y - 0.5, width, row.height + 1, spot === scene.selected ? 'accent' : 'ink');
	}
}

const patterned: ReadonlySet<Fill> = new Set([
	'weights',
	'kv',
	'activations',
	'link',
	'readback',
	'attention',
	'slower',
	'faster'
]);

function label(
	pen: Pen,
	text: string,
	left: number,
	right: number,
	row: Row,
	fill: Fill,
	scale: TimeScale
): void {
	const from = Math.max(left, scale.left);
	const to = Math.min(right, scale.right);
	const said = fitted(text, to - from - 12);
	if (!said) return;
	const middle = row.y + row.height / 2;
	if (patterned.has(fill)) pen.rect(from + 3, middle - 7, widthOf(said) + 5, 14, 'paper');
	pen.text(from + 5, middle + 0.5, said);
}

/** Tokens drop out at the end of their pass: side by side where there is room, else piled up. */
function drawTokens(pen: Pen, { scale, playHead, slowdown }: Scene, row: Row, t: Timeline): void {
	const most = t.passes.reduce((max, { tokens }) => Math.max(max, tokens), 1);
	const spacing = (t.duration / Math.max(1, t.passes.length)) * perMs(scale);
	const beside = spacing > most * 11 + 8;
	const bottom = row.y + row.height;
	let drawnTo = -Infinity;
	for (const { tokens, out } of t.passes) {
		if (tokens === 0 || out < scale.start) continue;
		if (out > scale.end || (playHead !== undefined && out > playHead)) break;
		const x = toX(scale, out);
		if (!beside && x < drawnTo + NARROW) continue;
		drawnTo = x;
		const fallen = playHead === undefined ? 1 : Math.min(1, ((playHead - out) * slowdown) / FALL);
		const lift = (1 - fallen) ** 3 * (row.height + 10);
		if (beside) {
			for (let i = 0; i < tokens; i++) {
				pen.rect(x - 10 - (tokens - 1 - i) * 11, bottom - 13 - lift, 9, 13, 'token');
			}
		} else {
			const each = row.height / most;
			const wide = Math.min(9, Math.max(2, spacing - 2));
			for (let i = 0; i < tokens; i++) {
				pen.rect(x - wide, bottom - (i + 1) * each - lift, wide, Math.max(1, each - 1), 'token');
			}
		}
	}
}

function drawMarks(pen: Pen, { scale, area, marks = [], height }: Scene): void {
	if (area) {
		const [x1, x2] = [toX(scale, area.start), toX(scale, area.end)];
		pen.rect(x1, RULER, x2 - x1, height - RULER, 'area');
		pen.line(x1, 0, x1, height, 'accent');
		pen.line(x2, 0, x2, height, 'accent');
	}
	for (const mark of marks) {
		const x = toX(scale, mark.start);
		pen.line(x, 0, x, height, 'muted', true);
		pen.text(x + 3, RULER + 6, mark.name, { bold: true });
	}
}

function drawHead(pen: Pen, { scale, playHead, future, height, ruler }: Scene): void {
	if (playHead === undefined) return;
	const x = toX(scale, playHead);
	if (future !== 'shown' && x < scale.right) {
		const from = Math.max(scale.left, x);
		const top = ruler ? RULER : 0;
		pen.rect(from, top, scale.right - from, height - top, future === 'hidden' ? 'paper' : 'veil');
	}
	if (x >= scale.left && x <= scale.right) pen.line(x, 0, x, height, 'accent');
}
