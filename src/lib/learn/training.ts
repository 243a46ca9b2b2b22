import { scaleLinear } from 'd3';
import { layout, visible, type Layout, type LayoutSpec } from '$engine/mask/index.ts';
import { bottomAxis, leftAxis } from '../charts/axes.ts';
import {
	box,
	line,
	textWidth,
	through,
	words,
	type Drawing,
	type Ink,
	type Mark
} from '../charts/drawing.ts';

/** Tokens of text in the row that is drawn. */
export const N = 8;
/** Tokens before the first block: fewer than k, since a block begins behind every k-th. */
export const firstOf = (asked: number, k: number): number => Math.min(asked, k - 1);

/**
 * A row of training text doubled, as a layout of the engine: n clean tokens as a causal chain, and behind tokens `first`,
 * `first` + k, … a block of k masks for the places that follow, the last one cut. So the rule of decoding is that of training.
 */
export function trainingSpec(n: number, k: number, first = 0): LayoutSpec {
	return {
		prompt: 0,
		parents: Array.from({ length: n }, (_, i) => i),
		blocks: Array.from({ length: n + 1 }, (_, j) =>
			j >= first && (j - first) % k === 0 ? Math.min(k, n - j) : 0
		)
	};
}

/** What a slot of a training row is to predict: a clean token the one behind it, a mask the one in its own place. */
export function targetOf({ slots }: Layout, slot: number): number {
	const { region, offset } = slots[slot]!;
	return region === 'draft' ? offset + 1 : offset;
}

/** What the drawing of a training row says, in the reader's language. */
export interface RowWords {
	/** Of a place of the text, from 0, also of the one behind the last. */
	readonly token: (place: number) => string;
	readonly mask: (place: number) => string;
	readonly clean: string;
	readonly masks: string;
	readonly target: string;
	readonly tell: (slot: number) => string;
}

/** A row of training: who sees whom, and at the end of each line what is to be predicted there. */
export function trainingRow(
	row: { n: number; k: number; first: number },
	width: number,
	say: RowWords,
	look?: number,
	lit?: string
): Drawing {
	const plan = layout(trainingSpec(row.n, row.k, row.first));
	const seen = visible(plan);
	const q = plan.slots.length;
	const size = width < 420 ? 10 : 12;
	const names = Array.from({ length: row.n + 1 }, (_, place) => textWidth(say.token(place), size));
	const side = Math.min(width * 0.3, Math.max(textWidth(say.mask(8), size), ...names) + 8);
	const cell = Math.min(26, (width - 2 * side - 18) / q);
	/** Lines stay tall enough to be read and touched where columns are narrow. */
	const tall = Math.max(16, cell);
	const top = 30;
	const left = side;
	const right = left + q * cell;
	const y = (slot: number) => top + slot * tall;
	const x = (slot: number) => left + slot * cell;
	const inkOf = (slot: number): Ink => (plan.slots[slot]!.region === 'draft' ? 'prefix' : 'mask');
	const dim = (slot: number) =>
		(look !== undefined && look !== slot) ||
		(lit === 'clean' && inkOf(slot) === 'mask') ||
		(lit === 'mask' && inkOf(slot) === 'prefix');
	const marks: Mark[] = [
		words(say.clean, x(0), top - 10, { ink: 'prefix', size: 11 }),
		words(say.masks, x(row.n), top - 10, { ink: 'mask', size: 11 }),
		words(say.target, width, top - 10, { anchor: 'end', ink: 'muted', size: 11 })
	];
	const edges = plan.slots.flatMap(({ region, block }, slot) => {
		const before = plan.slots[slot - 1];
		return before && (before.region !== region || before.block !== block) ? [slot] : [];
	});
	seen.forEach((columns, slot) => {
		const { region, offset } = plan.slots[slot]!;
		const name = region === 'draft' ? say.token(offset) : say.mask(offset);
		marks.push(
			words(name, left - 6, y(slot) + tall / 2 + size / 3, {
				anchor: 'end',
				ink: dim(slot) ? 'muted' : inkOf(slot),
				size
			})
		);
		for (const column of columns) {
			marks.push(
				box([x(column) + 0.5, y(slot) + 0.5, cell - 1, tall - 1], {
					fill: inkOf(column),
					tint: dim(slot) ? 0.16 : column === slot ? 1 : 0.7
				})
			);
		}
		marks.push(
			words(`→ ${say.token(targetOf(plan, slot))}`, right + 6, y(slot) + tall / 2 + size / 3, {
				ink: dim(slot) && lit !== 'target' ? 'muted' : 'ink',
				bold: look === slot || lit === 'target',
				size
			})
		);
	});
	for (const edge of edges) {
		marks.push(
			line([x(edge), top], [x(edge), y(q)], { stroke: 'line' }),
			line([left, y(edge)], [right, y(edge)], { stroke: 'line' })
		);
	}
	marks.push(box([left, top, q * cell, q * tall], { stroke: 'line' }));
	if (look !== undefined && look < q) {
		marks.push(box([left, y(look), q * cell, tall], { stroke: 'accent', width: 1.5 }));
		// The clean token that is to be predicted, among the columns: hidden from whoever predicts it.
		const target = targetOf(plan, look);
		if (target < row.n)
			marks.push(
				box([x(target), y(look), cell, tall], { stroke: 'accent', width: 1.5, hatch: true })
			);
	}
	return {
		width,
		height: y(q) + 6,
		marks,
		spots: plan.slots.map((_, slot) => ({
			key: String(slot),
			x: right + 12,
			y: y(slot) + tall / 2,
			get label() {
				return say.tell(slot);
			}
		})),
		pick: 'xy'
	};
}

/** What a training run reported at a step. */
export interface Report {
	readonly step: number;
	/** Tokens a pass on rows of training text, by counting how far the masks are right. */
	readonly tokens: number;
	/** Shares of the masks at places 1, 2 and 3 of a block that were right. */
	readonly places: readonly number[];
	readonly rate: number;
}

/** The reports in a training log, a JSON object a line (engine/train). */
export const reportsOf = (log: string): Report[] =>
	log
		.split('\n')
		.filter((line) => line.includes('"event": "train"'))
		.map((line) => JSON.parse(line) as Record<string, number>)
		.map((line) => ({
			step: line.step!,
			tokens: line.tokens_a_pass!,
			places: [line.place1!, line.place2!, line.place3!],
			rate: line.lr!
		}));

/** Tokens a pass over the steps of a training run; where the learning rate begins to fall is marked. */
export function trainingCurve(
	reports: readonly Report[],
	width: number,
	say: { x: string; y: string; falls: string; tell: (report: Report) => string }
): Drawing {
	const margin = { top: 28, right: 12, bottom: 40, left: 34 };
	const size = { width, height: 210 };
	const last = reports.at(-1)!;
	const tokens = reports.map((report) => report.tokens);
	const low = Math.floor(Math.min(...tokens) * 5) / 5;
	const high = Math.ceil(Math.max(...tokens) * 5) / 5;
	const x = scaleLinear([0, last.step], [margin.left, width - margin.right]);
	const y = scaleLinear([low, high], [size.height - margin.bottom, margin.top]);
	const peak = Math.max(...reports.map(({ rate }) => rate));
	const falls = reports.findLast(({ rate }) => rate >= peak * 0.999)!;
	return {
		...size,
		marks: [
			...leftAxis({ scale: y, ticks: y.ticks(4), title: say.y }, size, margin),
			...bottomAxis({ scale: x, ticks: x.ticks(width < 420 ? 3 : 6), title: say.x }, size, margin),
			line([x(falls.step), margin.top], [x(falls.step), size.height - margin.bottom], {
				stroke: 'muted',
				dash: '2 3'
			}),
			words(say.falls, x(falls.step) + 6, size.height - margin.bottom - 8, {
				ink: 'muted',
				size: 11
			}),
			{
				type: 'path',
				d: through(reports.map((report) => [x(report.step), y(report.tokens)] as const)),
				stroke: 'mask',
				width: 2
			}
		],
		spots: reports.map((report) => ({
			key: String(report.step),
			x: x(report.step),
			y: y(report.tokens),
			get label() {
				return say.tell(report);
			}
		})),
		pick: 'x'
	};
}
