import { scaleLog } from 'd3';
import { bottomAxis, decades, leftAxis } from './axes.ts';
import { line, spread, textWidth, through, words, type Drawing, type Mark } from './drawing.ts';

/** What a point waits for, which is also its shape. */
export type Waits = 'memory' | 'compute' | 'launch' | 'communication';

export interface RoofPoint {
	/** Unique in its run; the same key travels when its numbers change. */
	readonly key: string;
	readonly name: string;
	/** FLOP/byte. */
	readonly intensity: number;
	/** TFLOP/s achieved, launches included. */
	readonly tflops: number;
	/** Share of the step's time, 0..1: the area of the point. */
	readonly share: number;
	readonly waits: Waits;
	/** The point in words. */
	readonly label: string;
}

export interface RoofRun {
	/** Empty where there is only one. */
	readonly name: string;
	/** Datasheet GB/s, and what it is called. */
	readonly bandwidth: number;
	readonly bandwidthLabel: string;
	/** Datasheet TFLOP/s by precision, and which of them the matrices run in. */
	readonly ceilings: readonly {
		readonly tflops: number;
		readonly label: string;
		readonly used: boolean;
	}[];
	/** GB/s and TFLOP/s that kernels reach; a lower roof. */
	readonly reached: { readonly bandwidth: number; readonly tflops: number };
	readonly points: readonly RoofPoint[];
	/** All of the step. */
	readonly step: RoofPoint;
}

export interface RoofOptions {
	readonly width: number;
	readonly height: number;
	readonly xTitle: string;
	readonly yTitle: string;
	/** Beside the ridge: intensity as text. */
	readonly ridge: (intensity: number) => string;
	readonly reached: string;
	readonly step: string;
}

const X: [number, number] = [0.2, 5000];
const shapes = {
	memory: 'circle',
	compute: 'square',
	launch: 'triangle',
	communication: 'triangle'
} as const;
const colours = {
	memory: 'memory',
	compute: 'compute',
	launch: 'muted',
	communication: 'muted'
} as const;

/** Intensity at which memory and compute take equally long. */
export const ridgeOf = (bandwidth: number, tflops: number): number => (tflops * 1e3) / bandwidth;

/**
 * The roofline plot (Williams, Waterman and Patterson 2009): FLOP/s over FLOP/byte, both logarithmic. The axes depend
 * on the devices alone while the points stay inside, so that points travel and axes do not.
 */
export function roofline(runs: readonly RoofRun[], o: RoofOptions): Drawing {
	const margin = { top: 26, right: 12, bottom: 40, left: 44 };
	const top = Math.max(...runs.flatMap(({ ceilings }) => ceilings.map(({ tflops }) => tflops)));
	const slowest = Math.min(...runs.map(({ bandwidth }) => bandwidth));
	const points = runs
		.flatMap((run) => [...run.points, run.step])
		.filter(({ tflops }) => tflops > 0);
	const bottom = Math.min((slowest * X[0]) / 1e3 / 2, ...points.map(({ tflops }) => tflops / 1.5));
	const x = scaleLog(X, [margin.left, o.width - margin.right]);
	const y = scaleLog([bottom, top * 2.2], [o.height - margin.bottom, margin.top]);
	const marks: Mark[] = [
		...leftAxis({ scale: y, ticks: decades(y), title: o.yTitle }, o, margin),
		...bottomAxis({ scale: x, ticks: decades(x), title: o.xTitle }, o, margin)
	];
	runs.forEach((run, i) => marks.push(...roof(run, i, { x, y }, o.height - margin.bottom, o)));
	const dots = runs.flatMap((run, i) => place(run, i, { x, y }));
	marks.push(...labels(dots, o.width - margin.right, [margin.top, o.height - margin.bottom]));
	// Small ones last, so that large ones do not hide them.
	for (const { run, at, point, r } of [...dots].sort((a, b) => b.r - a.r)) {
		marks.push({
			type: 'dot',
			key: `${run}.${point.key}`,
			x: at[0],
			y: at[1],
			r,
			shape: shapes[point.waits],
			fill: run === 0 ? colours[point.waits] : 'paper',
			stroke: run === 0 ? 'paper' : colours[point.waits]
		});
	}
	for (const [i, run] of runs.entries()) {
		const [cx, cy] = [x(clamp(run.step.intensity)), y(run.step.tflops)];
		marks.push(
			{
				type: 'dot',
				key: `${i}.step`,
				x: cx,
				y: cy,
				r: 13,
				shape: 'diamond',
				fill: 'none',
				stroke: 'accent'
			},
			words(run.name ? `${o.step} ${run.name}` : o.step, cx - 12, cy - 8, {
				anchor: 'end',
				bold: true,
				rim: true
			})
		);
	}
	const spots = [
		...dots.map(({ run, at, point }) => ({
			key: `${run}.${point.key}`,
			x: at[0],
			y: at[1],
			get label() {
				return point.label;
			}
		})),
		...runs.map((run, i) => ({
			key: `${i}.step`,
			x: x(clamp(run.step.intensity)),
			y: y(run.step.tflops),
			get label() {
				return run.step.label;
			}
		}))
	].sort((a, b) => a.x - b.x || a.y - b.y);
	return { width: o.width, height: o.height, marks, spots, pick: 'xy' };
}

const clamp = (intensity: number) => Math.min(X[1], Math.max(X[0], intensity));

type Scales = { x: (v: number) => number; y: (v: number) => number };
interface Placed {
	readonly run: number;
	readonly at: readonly [number, number];
	readonly point: RoofPoint;
	readonly r: number;
}

function place(run: RoofRun, index: number, { x, y }: Scales): Placed[] {
	return run.points
		.filter(({ tflops }) => tflops > 0)
		.map((point) => ({
			run: index,
			at: [x(clamp(point.intensity)), y(point.tflops)] as const,
			point,
			r: 3 + 9 * Math.sqrt(point.share)
		}));
}

/** Roofs as the device's datasheet has them, and below them what kernels reach. */
function roof(run: RoofRun, index: number, { x, y }: Scales, base: number, o: RoofOptions): Mark[] {
	const marks: Mark[] = [];
	const memory = (intensity: number) => (run.bandwidth * intensity) / 1e3;
	const used = run.ceilings.find((c) => c.used) ?? run.ceilings[0]!;
	const ridge = Math.min(X[1], ridgeOf(run.bandwidth, used.tflops));
	const dash = index === 0 ? undefined : '5 3';
	if (index === 0) {
		marks.push(
			{
				type: 'path',
				d: `${through([
					[x(X[0]), y(memory(X[0]))],
					[x(ridge), y(memory(ridge))],
					[x(ridge), base],
					[x(X[0]), base]
				])}Z`,
				fill: 'memory',
				tint: 0.06
			},
			{
				type: 'path',
				d: `${through([
					[x(ridge), y(used.tflops)],
					[x(X[1]), y(used.tflops)],
					[x(X[1]), base],
					[x(ridge), base]
				])}Z`,
				fill: 'compute',
				tint: 0.06
			}
		);
	}
	for (const ceiling of run.ceilings) {
		const from = Math.min(X[1], ridgeOf(run.bandwidth, ceiling.tflops));
		marks.push(
			line([x(from), y(ceiling.tflops)], [x(X[1]), y(ceiling.tflops)], {
				stroke: ceiling.used ? 'compute' : 'muted',
				width: ceiling.used ? 1.5 : 1,
				dash
			}),
			words(ceiling.label, x(X[1]), y(ceiling.tflops) - 4, {
				anchor: 'end',
				ink: ceiling.used ? 'compute' : 'muted',
				rim: true
			})
		);
	}
	const highest = Math.max(...run.ceilings.map(({ tflops }) => tflops));
	const end = Math.min(X[1], ridgeOf(run.bandwidth, highest));
	const slope: [readonly [number, number], readonly [number, number]] = [
		[x(X[0]), y(memory(X[0]))],
		[x(end), y(memory(end))]
	];
	const angle = (Math.atan2(slope[1][1] - slope[0][1], slope[1][0] - slope[0][0]) * 180) / Math.PI;
	const along = index === 0 ? 3 : 0.35;
	const reach = (intensity: number) =>
		Math.min((run.reached.bandwidth * intensity) / 1e3, run.reached.tflops);
	const corner = ridgeOf(run.reached.bandwidth, run.reached.tflops);
	marks.push(
		line(...slope, { stroke: 'memory', width: 1.5, dash }),
		words(run.bandwidthLabel, x(along) - 6, y(memory(along)) - 8, {
			ink: 'memory',
			turn: Math.round(angle * 10) / 10,
			rim: true
		}),
		{
			type: 'path',
			d: through([X[0], Math.min(X[1], corner), X[1]].map((v) => [x(v), y(reach(v))] as const)),
			stroke: 'muted',
			dash: '1 3'
		}
	);
	if (index === 0) {
		marks.push(
			words(o.reached, x(X[1]), y(reach(X[1])) + 14, { anchor: 'end', ink: 'muted', rim: true }),
			line([x(ridge), y(used.tflops)], [x(ridge), base], { stroke: 'line' }),
			words(o.ridge(ridge), x(ridge) - 5, base - 6, { anchor: 'end', ink: 'muted', rim: true })
		);
	}
	return marks;
}

/** Names beside the points of the first run, moved apart where they would cover each other. */
function labels(dots: readonly Placed[], right: number, range: readonly [number, number]): Mark[] {
	const named = dots.filter(({ run }) => run === 0);
	const groups: Placed[][] = [];
	for (const dot of [...named].sort((a, b) => a.at[0] - b.at[0])) {
		const group = groups.at(-1);
		if (group && dot.at[0] - group.at(-1)!.at[0] < 70) group.push(dot);
		else groups.push([dot]);
	}
	return groups.flatMap((group) => {
		const edge = Math.max(...group.map(({ at, r }) => at[0] + r)) + 8;
		const widest = Math.max(...group.map(({ point }) => textWidth(point.name)));
		const turned = edge + widest > right;
		const column = turned ? Math.min(...group.map(({ at, r }) => at[0] - r)) - 8 : edge;
		const ys = spread(
			group.map(({ at }) => at[1]),
			14,
			[range[0] + 6, range[1] - 6]
		);
		return group.flatMap(({ at, r, point }, i): Mark[] => [
			line([at[0] + (turned ? -r : r), at[1]], [column + (turned ? 2 : -2), ys[i]!], {
				stroke: 'muted',
				width: 0.5
			}),
			words(point.name, column, ys[i]! + 4, { anchor: turned ? 'end' : 'start', rim: true })
		]);
	});
}
