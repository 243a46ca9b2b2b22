import { line, through, words, type Drawing, type Mark } from '../charts/drawing.ts';

/** A run of block diffusion at a confidence threshold, or of plain autoregression, as lessons/runs/record.ts made it. */
export interface ThresholdRun {
	readonly prompt: string;
	/** Absent for the run by plain autoregression. */
	readonly threshold?: number;
	/** The answer's tokens as text, one behind the other; '' for those that structure the chat. */
	readonly words: readonly string[];
	/** Ids of the same tokens; -1 for a place that is still a mask, in a run that is going on. */
	readonly tokens: readonly number[];
	/** The pass, from 1, in which each of them was filled in; Infinity for a mask. */
	readonly filled: readonly number[];
	/** Passes that the model made for them, the prompt's not counted. */
	readonly passes: number;
}

export interface ThresholdFile {
	readonly version: 1;
	readonly model: string;
	readonly weights: string;
	/** Masks in a block. */
	readonly k: number;
	readonly date: string;
	readonly runs: readonly ThresholdRun[];
}

/** How fast some runs are and how much they repeat themselves. */
export interface Pace {
	/** Absent for plain autoregression. */
	readonly threshold?: number;
	/** Tokens a pass; 0 before the first. */
	readonly rate: number;
	/** The share of runs of four tokens that occur for the first time: the less, the more the text repeats itself. */
	readonly distinct: number;
}

/** What several runs at one threshold come to. */
export interface Point extends Pace {
	/** Tokens to be changed, put in or taken out to come to what plain autoregression writes, over the longer text. */
	readonly away: number;
}

/** Runs of four tokens in a text, and how many different ones there are among them. */
export function fours(tokens: readonly number[]): { all: number; distinct: number } {
	const all = Array.from({ length: Math.max(0, tokens.length - 3) }, (_, i) =>
		tokens.slice(i, i + 4).join(' ')
	);
	return { all: all.length, distinct: new Set(all).size };
}

/** The fewest changes, insertions and deletions that make one text the other (Levenshtein). */
export function changes(a: readonly number[], b: readonly number[]): number {
	let row = b.map((_, j) => j + 1);
	row.unshift(0);
	a.forEach((token, i) => {
		const next = [i + 1];
		b.forEach((other, j) => {
			next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (token === other ? 0 : 1)));
		});
		row = next;
	});
	return row.at(-1)!;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const isPlain = ({ threshold }: ThresholdRun) => threshold === undefined;

/** The prompts of a file, in order. */
export const promptsOf = ({ runs }: ThresholdFile): string[] => [
	...new Set(runs.map(({ prompt }) => prompt))
];

/** The run of a prompt at a threshold, or by plain autoregression. @throws Error where there is none */
export function runOf({ runs }: ThresholdFile, prompt: string, threshold?: number): ThresholdRun {
	const found = runs.find((run) => run.prompt === prompt && run.threshold === threshold);
	if (!found)
		throw new Error(`lessons/runs/thresholds.json: no run of “${prompt}” at ${threshold}.`);
	return found;
}

/** Tokens that are there: places that are still masks have none. */
const written = ({ tokens }: ThresholdRun): number[] => tokens.filter((token) => token >= 0);
const share = (part: number, whole: number, none: number) => (whole === 0 ? none : part / whole);

/** Speed and repetition of some runs at one threshold, all their tokens taken together. */
export function paceOf(runs: readonly ThresholdRun[]): Pace {
	const texts = runs.map(written);
	const counts = texts.map(fours);
	return {
		threshold: runs[0]!.threshold,
		rate: share(sum(texts.map(({ length }) => length)), sum(runs.map(({ passes }) => passes)), 0),
		distinct: share(
			sum(counts.map(({ distinct }) => distinct)),
			sum(counts.map(({ all }) => all)),
			1
		)
	};
}

/** How far texts are from what plain decoding wrote of the same prompts: changes over the longer text of each pair. */
export const awayOf = (runs: readonly ThresholdRun[], plain: readonly ThresholdRun[]): number =>
	share(
		sum(runs.map((run, i) => changes(written(run), written(plain[i]!)))),
		sum(runs.map((run, i) => Math.max(written(run).length, written(plain[i]!).length))),
		0
	);

/** What some runs at one threshold come to, all their tokens taken together. */
export const pointOf = (file: ThresholdFile, runs: readonly ThresholdRun[]): Point => ({
	...paceOf(runs),
	away: awayOf(
		runs,
		runs.map(({ prompt }) => runOf(file, prompt))
	)
});

/** Speed and quality at every threshold over all prompts, slowest first. */
export function sweepOf(file: ThresholdFile): Point[] {
	const thresholds = [...new Set(file.runs.map(({ threshold }) => threshold))]
		.filter((threshold) => threshold !== undefined)
		.sort((a, b) => b - a);
	return thresholds.map((threshold) =>
		pointOf(
			file,
			file.runs.filter((run) => run.threshold === threshold)
		)
	);
}

/** The same of plain autoregression. */
export const plainOf = (file: ThresholdFile): Point => pointOf(file, file.runs.filter(isPlain));

/** A token of a canvas after some passes. */
export interface Cell {
	readonly word: string;
	/** text: filled alone; together: others of its block were filled in the same pass; open: still a mask. */
	readonly state: 'alone' | 'together' | 'open';
	/** Filled in the last pass. */
	readonly fresh: boolean;
}

/** The answer after so many passes, with the masks of the block that is being filled; blocks to come are not there yet. */
export function boardAt({ words: text, filled }: ThresholdRun, k: number, passes: number): Cell[] {
	const cells = filled.map((pass, i): Cell => {
		const start = i - (i % k);
		const mates = filled.slice(start, start + k).filter((other) => other === pass).length;
		const state = pass > passes ? 'open' : mates > 1 ? 'together' : 'alone';
		return { word: text[i] ?? '', state, fresh: pass === passes };
	});
	const begun = cells.findLastIndex(({ state }) => state !== 'open');
	return cells.slice(0, begun < 0 ? k : begun - (begun % k) + k);
}

/** What the drawing says, in the reader's language. */
export interface SweepWords {
	readonly x: string;
	readonly y: string;
	readonly plain: string;
	readonly name: (point: Pace) => string;
	readonly tell: (point: Point) => string;
	/** Names the runs made in this browser. */
	readonly own?: string;
}

/**
 * Repetition over tokens a pass, a point for every threshold, and one of plain autoregression.
 * @param own runs that the reader made
 */
export function sweepDrawing(
	points: readonly Point[],
	plain: Point,
	now: number,
	width: number,
	say: SweepWords,
	own: readonly Pace[] = []
): Drawing {
	const [left, top, base] = [44, 30, 214];
	const most = Math.max(...[...points, ...own].map(({ rate }) => rate));
	const x = (rate: number) => left + (rate / (most * 1.06)) * (width - left - 8);
	const y = (share: number) => base - share * (base - top);
	const marks: Mark[] = [words(say.y, 0, 14, { ink: 'muted' })];
	for (const share of [0, 0.25, 0.5, 0.75, 1]) {
		marks.push(
			line([left, y(share)], [width, y(share)], {
				stroke: 'line',
				dash: share ? '1 3' : undefined
			}),
			words(`${100 * share} %`, left - 6, y(share) + 4, { anchor: 'end', ink: 'muted', size: 10 })
		);
	}
	for (let rate = 1; rate <= most * 1.02; rate++) {
		marks.push(words(String(rate), x(rate), base + 16, { anchor: 'middle', ink: 'muted' }));
	}
	const at = points.map(({ rate, distinct }) => [x(rate), y(1 - distinct)] as const);
	marks.push(
		{ type: 'path', d: through(at), stroke: 'mask', width: 1.5 },
		{
			type: 'dot',
			key: 'plain',
			x: x(plain.rate),
			y: y(1 - plain.distinct),
			r: 5,
			shape: 'diamond',
			fill: 'prefix'
		},
		words(say.plain, x(plain.rate) + 10, y(1 - plain.distinct) - 6, {
			ink: 'prefix',
			size: 11,
			rim: true
		}),
		words(say.x, width, base + 36, { anchor: 'end', ink: 'muted' })
	);
	own.forEach((point, i) => {
		const [px, py] = [x(point.rate), y(1 - point.distinct)];
		marks.push({
			type: 'dot',
			key: `own ${i}`,
			x: px,
			y: py,
			r: 5,
			shape: 'square',
			fill: 'compute'
		});
		if (say.own && i === own.length - 1)
			marks.push(
				words(say.own, px < width - 90 ? px + 9 : px - 9, py + 14, {
					anchor: px < width - 90 ? 'start' : 'end',
					ink: 'compute',
					size: 11,
					rim: true
				})
			);
	});
	points.forEach((point, i) => {
		const current = point.threshold === now;
		const [px, py] = at[i]!;
		marks.push({
			type: 'dot',
			key: `point ${i}`,
			x: px,
			y: py,
			r: current ? 7 : 4,
			shape: 'circle',
			fill: current ? 'accent' : 'paper',
			stroke: current ? 'accent' : 'mask'
		});
		if (current) {
			const end = px > width - 90;
			marks.push(
				words(say.name(point), end ? px : px + 12, end ? py - 13 : py + 4, {
					anchor: end ? 'end' : 'start',
					ink: 'accent',
					size: 11,
					bold: true,
					rim: true
				})
			);
		}
	});
	return {
		width,
		height: base + 44,
		marks,
		spots: points.map((point, i) => ({
			key: String(point.threshold),
			x: at[i]![0],
			y: at[i]![1],
			get label() {
				return say.tell(point);
			}
		})),
		pick: 'xy'
	};
}
