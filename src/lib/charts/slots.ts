import { area, scaleLinear, scaleLog } from 'd3';
import { bottomAxis, leftAxis } from './axes.ts';
import { box, line, spread, through, words, type Drawing, type Mark } from './drawing.ts';

export interface SlotPoint {
	readonly slots: number;
	readonly ms: number;
	/** The 90 % band, where it is known. */
	readonly low?: number;
	readonly high?: number;
}

export interface SlotCurve {
	readonly name: string;
	readonly points: readonly SlotPoint[];
	/** The curve that is read off: drawn strong, with its band. */
	readonly main: boolean;
	/** Of the other set-up: dashed. */
	readonly other: boolean;
}

export interface SlotZones {
	/** The most slots that are free, and cheap. */
	readonly free: number;
	readonly cheap: number;
	readonly names: { readonly free: string; readonly cheap: string; readonly paid: string };
}

export interface SlotOptions {
	readonly width: number;
	readonly height: number;
	readonly xTitle: string;
	readonly yTitle: string;
	readonly zones: SlotZones;
	/** Measured steps, and what they are called. */
	readonly measured: readonly {
		readonly slots: number;
		readonly ms: number;
		readonly main: boolean;
	}[];
	readonly measuredName: string;
	/** The reader's own device, where it was measured: circles on a dotted line. */
	readonly mine?: { readonly name: string; readonly points: readonly SlotPoint[] };
	/** The number of slots that is set. */
	readonly now: number;
	/** The reading at a number of slots, in words. */
	readonly label: (slots: number) => string;
}

const TICKS = [1, 4, 16, 64, 256, 1024, 4096, 16384];

/** Step time over token slots: the curves of several contexts, what was measured, and what slots cost. */
export function slotsSweep(curves: readonly SlotCurve[], o: SlotOptions): Drawing {
	const margin = { top: 44, right: 76, bottom: 40, left: 40 };
	const main = curves.find((curve) => curve.main)!;
	const most = main.points.at(-1)!.slots;
	const highest = Math.max(
		...curves.flatMap(({ points }) => points.map(({ ms, high }) => high ?? ms)),
		...o.measured.map(({ ms }) => ms),
		...(o.mine?.points ?? []).map(({ ms }) => ms)
	);
	const x = scaleLog([1, most], [margin.left, o.width - margin.right]);
	const y = scaleLinear([0, highest * 1.04], [o.height - margin.bottom, margin.top]);
	const bottom = o.height - margin.bottom;
	const marks: Mark[] = [
		...zones(o, x, most, margin.top, bottom),
		...leftAxis({ scale: y, ticks: y.ticks(5), title: o.yTitle }, o, { ...margin, top: 26 }),
		...bottomAxis({ scale: x, ticks: TICKS.filter((t) => t <= most), title: o.xTitle }, o, margin)
	];
	const banded = main.points.filter(({ low }) => low !== undefined);
	const band = area<SlotPoint>(
		(p) => x(p.slots),
		(p) => y(p.low!),
		(p) => y(p.high!)
	).digits(2)(banded);
	if (band) marks.push({ type: 'path', d: band, fill: 'ink', tint: 0.12 });
	for (const curve of [...curves].sort((a, b) => Number(a.main) - Number(b.main))) {
		marks.push({
			type: 'path',
			d: through(curve.points.map((p) => [x(p.slots), y(p.ms)] as const)),
			stroke: curve.main || curve.other ? 'ink' : 'muted',
			width: curve.main ? 2 : curve.other ? 1.5 : 1,
			dash: curve.other ? '5 3' : undefined
		});
	}
	for (const point of o.measured) {
		marks.push({
			type: 'path',
			d: cross(x(point.slots), y(point.ms), point.main ? 4 : 3),
			stroke: point.main ? 'accent' : 'muted',
			width: point.main ? 1.75 : 1
		});
	}
	const mine = (o.mine?.points ?? []).filter(({ slots }) => slots <= most);
	if (mine.length > 0) {
		marks.push({
			type: 'path',
			d: through(mine.map((p) => [x(p.slots), y(p.ms)] as const)),
			stroke: 'accent',
			width: 1,
			dash: '1 3'
		});
		for (const { slots, ms } of mine) {
			marks.push({
				type: 'dot',
				key: `mine ${slots}`,
				x: x(slots),
				y: y(ms),
				r: 3.5,
				shape: 'circle',
				fill: 'paper',
				stroke: 'accent'
			});
		}
	}
	const names = [
		...curves.map(({ name, points, main }) => ({
			name,
			main,
			at: y(points.at(-1)!.ms),
			ink: 'ink'
		})),
		...(o.measured.some(({ main }) => main)
			? [
					{
						name: `+ ${o.measuredName}`,
						main: false,
						at: y(Math.max(...o.measured.filter((p) => p.main).map(({ ms }) => ms))) + 15,
						ink: 'accent'
					}
				]
			: []),
		...(mine.length > 0
			? [{ name: `○ ${o.mine!.name}`, main: false, at: y(mine.at(-1)!.ms), ink: 'accent' }]
			: [])
	];
	const ys = spread(
		names.map(({ at }) => at),
		15,
		[margin.top, bottom]
	);
	names.forEach(({ name, main, ink }, i) => {
		marks.push(
			words(name, o.width - margin.right + 6, ys[i]! + 4, {
				ink: ink === 'accent' ? 'accent' : main ? 'ink' : 'muted',
				bold: main
			})
		);
	});
	const now = Math.min(most, o.now);
	const here = at(main.points, now);
	marks.push(line([x(now), margin.top], [x(now), bottom], { stroke: 'ink', dash: '2 2' }), {
		type: 'dot',
		key: 'now',
		x: x(now),
		y: y(here),
		r: 4.5,
		shape: 'circle',
		fill: 'ink',
		stroke: 'paper'
	});
	return {
		width: o.width,
		height: o.height,
		marks,
		spots: main.points.map(({ slots, ms }) => ({
			key: String(slots),
			x: x(slots),
			y: y(ms),
			get label() {
				return o.label(slots);
			}
		})),
		pick: 'x'
	};
}

const cross = (x: number, y: number, r: number) =>
	`${through([
		[x - r, y],
		[x + r, y]
	])}${through([
		[x, y - r],
		[x, y + r]
	])}`;

/** The time at a number of slots, between the points of a curve. */
function at(points: readonly SlotPoint[], slots: number): number {
	const next = points.findIndex((p) => p.slots >= slots);
	const [a, b] = [points[Math.max(0, next - 1)]!, points[next < 0 ? points.length - 1 : next]!];
	return b.slots === a.slots
		? b.ms
		: a.ms + ((b.ms - a.ms) * (slots - a.slots)) / (b.slots - a.slots);
}

/** Bands over the slots that are free, cheap and paid; a band too narrow for its name gets none. */
function zones(
	{ zones: { free, cheap, names } }: SlotOptions,
	x: (slots: number) => number,
	most: number,
	top: number,
	bottom: number
): Mark[] {
	const bands = [
		{ name: names.free, from: 1, to: free, ink: 'compute', tint: 0.1 },
		{ name: names.cheap, from: free, to: cheap, ink: 'draft', tint: 0.08 },
		{ name: names.paid, from: cheap, to: most, ink: 'ink', tint: 0.03 }
	] as const;
	return bands.flatMap(({ name, from, to, ink, tint }): Mark[] => {
		const [left, right] = [x(Math.min(most, from)), x(Math.min(most, to))];
		if (right - left < 1) return [];
		return [
			box([left, top, right - left, bottom - top], { fill: ink, tint }),
			line([left, top], [right, top], { stroke: ink, width: 2 }),
			...(right - left > 7 * name.length * 0.9
				? [words(name, left + 3, top - 6, { ink: 'ink', size: 12 })]
				: [])
		];
	});
}
