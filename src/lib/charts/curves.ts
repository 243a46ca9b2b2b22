import { scaleLog } from 'd3';
import { bottomAxis, leftAxis } from './axes.ts';
import { line, spread, textWidth, through, words, type Drawing, type Mark } from './drawing.ts';

export interface CurvePoint {
	readonly x: number;
	readonly y: number;
	/** Drawn faint where it cannot be had, for example because it does not fit. */
	readonly possible: boolean;
}

export interface Curve {
	readonly name: string;
	readonly points: readonly CurvePoint[];
	readonly strong: boolean;
	/** Of the other set-up. */
	readonly dashed: boolean;
}

export interface CurveOptions {
	readonly width: number;
	readonly height: number;
	readonly xTitle: string;
	readonly yTitle: string;
	/** The value that is set. */
	readonly now: number;
	/** Where the horizontal axis is labelled. */
	readonly ticks: readonly number[];
	readonly label: (x: number) => string;
}

/** Numbers 1, 2 and 5 times powers of ten within a domain; fewer where the domain is wide. */
function steps([low, high]: readonly [number, number]): number[] {
	const factors = high / low > 300 ? [1] : high / low > 20 ? [1, 3] : [1, 2, 5];
	const found: number[] = [];
	for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
		for (const factor of factors) {
			const value = Number((factor * 10 ** power).toPrecision(3));
			if (value >= low && value <= high) found.push(value);
		}
	}
	return found;
}

/** Curves over a quantity, both axes logarithmic, named at their ends. */
export function curves(all: readonly Curve[], o: CurveOptions): Drawing {
	const right = 14 + Math.max(...all.map(({ name }) => textWidth(name)));
	const margin = { top: 26, right: Math.min(o.width * 0.34, right), bottom: 40, left: 44 };
	const points = all.flatMap((curve) => curve.points);
	const xs = points.map((p) => p.x);
	const ys = points.map((p) => p.y);
	const domain: [number, number] = [Math.min(...ys) / 1.15, Math.max(...ys) * 1.15];
	const x = scaleLog([Math.min(...xs), Math.max(...xs)], [margin.left, o.width - margin.right]);
	const y = scaleLog(domain, [o.height - margin.bottom, margin.top]);
	const bottom = o.height - margin.bottom;
	const marks: Mark[] = [
		...leftAxis({ scale: y, ticks: steps(domain), title: o.yTitle }, o, margin),
		...bottomAxis({ scale: x, ticks: o.ticks, title: o.xTitle }, o, margin),
		line([x(o.now), margin.top], [x(o.now), bottom], { stroke: 'ink', dash: '2 2' })
	];
	for (const curve of all) {
		const path = (part: readonly CurvePoint[]) =>
			through(part.map((p) => [x(p.x), y(p.y)] as const));
		const possible = curve.points.filter((p) => p.possible);
		const rest = curve.points.slice(Math.max(0, possible.length - 1));
		if (possible.length > 1) {
			marks.push({
				type: 'path',
				d: path(possible),
				stroke: curve.strong ? 'ink' : 'muted',
				width: curve.strong ? 2 : 1.5,
				dash: curve.dashed ? '5 3' : undefined
			});
		}
		if (possible.length < curve.points.length) {
			marks.push({ type: 'path', d: path(rest), stroke: 'muted', dash: '1 3' });
		}
	}
	const ends = spread(
		all.map(({ points }) => y(points.at(-1)!.y)),
		15,
		[margin.top, bottom]
	);
	all.forEach(({ name, strong }, i) => {
		marks.push(
			words(name, o.width - margin.right + 6, ends[i]! + 4, {
				ink: strong ? 'ink' : 'muted',
				bold: strong
			})
		);
	});
	const first = all.reduce((a, b) => (b.points.length > a.points.length ? b : a));
	return {
		width: o.width,
		height: o.height,
		marks,
		spots: first.points.map((p) => ({
			key: String(p.x),
			x: x(p.x),
			y: y(p.y),
			get label() {
				return o.label(p.x);
			}
		})),
		pick: 'x'
	};
}
