import { scaleLog } from 'd3';
import { bottomAxis, leftAxis } from './axes.ts';
import { box, line, spread, through, words, type Drawing, type Ink, type Mark } from './drawing.ts';

export interface CostPoint {
	readonly slots: number;
	/** Times a pass of one slot. */
	readonly ratio: number;
	/** Quartiles of the same. */
	readonly low?: number;
	readonly high?: number;
}

export interface CostSeries {
	readonly key: string;
	readonly name: string;
	readonly points: readonly CostPoint[];
	/** mine: large and in the accent colour; measured: dots; simulated: a dashed line. */
	readonly kind: 'mine' | 'measured' | 'simulated';
}

export interface CostOptions {
	readonly width: number;
	readonly height: number;
	readonly xTitle: string;
	readonly yTitle: string;
	readonly zones: { readonly free: string; readonly cheap: string; readonly paid: string };
	/** A point in words. */
	readonly label: (series: CostSeries, point: CostPoint) => string;
}

const TICKS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const RATIOS = [1, 1.1, 1.5, 2, 3, 5, 10, 20, 50, 100];
const colours: Record<CostSeries['kind'], Ink> = {
	mine: 'accent',
	measured: 'ink',
	simulated: 'muted'
};

/** What slots cost, in passes of one slot: a device against others; bands for free, cheap and paid slots. */
export function slotCost(series: readonly CostSeries[], o: CostOptions): Drawing {
	const margin = { top: 34, right: o.width < 480 ? 16 : 150, bottom: 40, left: 34 };
	const all = series.flatMap(({ points }) => points);
	const highest = Math.max(2, ...all.map(({ ratio, high }) => high ?? ratio));
	const lowest = Math.min(0.95, ...all.map(({ ratio, low }) => low ?? ratio));
	const most = Math.max(272, ...all.map(({ slots }) => slots));
	const x = scaleLog([1, most], [margin.left, o.width - margin.right]);
	const y = scaleLog([lowest, highest * 1.1], [o.height - margin.bottom, margin.top]);
	const bands = [
		{ name: o.zones.free, from: lowest, to: 1.1, ink: 'compute', tint: 0.1 },
		{ name: o.zones.cheap, from: 1.1, to: 1.5, ink: 'draft', tint: 0.08 },
		{ name: o.zones.paid, from: 1.5, to: highest * 1.1, ink: 'ink', tint: 0.03 }
	] as const;
	const marks: Mark[] = bands.flatMap(({ name, from, to, ink, tint }): Mark[] => [
		box([margin.left, y(to), o.width - margin.right - margin.left, y(from) - y(to)], {
			fill: ink,
			tint
		}),
		...(y(from) - y(to) > 13
			? [words(name, margin.left + 5, y(from) - 4, { ink: 'muted', size: 11 })]
			: [])
	]);
	const ratios = RATIOS.filter((value) => value >= lowest && value <= highest * 1.1);
	// Ticks that would touch give way, from the top.
	const ticks = ratios.filter(
		(value, i) => i === 0 || y(ratios[i - 1]!) - y(value) > 11 || value === 1.5
	);
	marks.push(
		...leftAxis({ scale: y, ticks, title: o.yTitle }, o, { ...margin, top: 22 }),
		...bottomAxis({ scale: x, ticks: TICKS, title: o.xTitle }, o, margin)
	);
	for (const one of [...series].reverse()) marks.push(...draw(one, x, y));
	if (margin.right > 16) {
		const ends = series.filter(({ points }) => points.length > 0);
		const ys = spread(
			ends.map(({ points }) => y(points.at(-1)!.ratio)),
			15,
			[margin.top, o.height - margin.bottom]
		);
		ends.forEach(({ name, kind }, i) =>
			marks.push(
				words(name, o.width - margin.right + 8, ys[i]! + 4, {
					ink: colours[kind],
					bold: kind === 'mine'
				})
			)
		);
	}
	return {
		width: o.width,
		height: o.height,
		marks,
		spots: series.flatMap((one) =>
			one.kind === 'simulated'
				? []
				: one.points.map((point) => ({
						key: `${one.key} ${point.slots}`,
						x: x(point.slots),
						y: y(point.ratio),
						label: o.label(one, point)
					}))
		),
		pick: 'xy'
	};
}

type Scale = (value: number) => number;

function draw({ key, points, kind }: CostSeries, x: Scale, y: Scale): Mark[] {
	const ink = colours[kind];
	const path: Mark = {
		type: 'path',
		d: through(points.map(({ slots, ratio }) => [x(slots), y(ratio)] as const)),
		stroke: ink,
		width: kind === 'mine' ? 2 : 1,
		...(kind === 'simulated' && { dash: '5 3', width: 1.5 })
	};
	if (kind === 'simulated') return [path];
	return [
		path,
		...points.flatMap(({ slots, ratio, low, high }): Mark[] => [
			...(low !== undefined && high !== undefined
				? [line([x(slots), y(low)], [x(slots), y(high)], { stroke: ink, width: 1.5 })]
				: []),
			{
				type: 'dot',
				key: `${key} ${slots}`,
				x: x(slots),
				y: y(ratio),
				r: kind === 'mine' ? 4 : 2.5,
				shape: kind === 'mine' ? 'diamond' : 'circle',
				fill: kind === 'mine' ? ink : 'paper',
				stroke: ink
			}
		])
	];
}
