import { scaleLinear } from 'd3';
import { bottomAxis, leftAxis } from './axes.ts';
import { line, through, words, type Drawing, type Mark } from './drawing.ts';

/** A series of points over whole numbers. */
export interface Series {
	readonly name: string;
	readonly points: readonly {
		readonly x: number;
		readonly y: number;
		/** Half the height of its error bar. */
		readonly error?: number;
	}[];
	/** line: a formula; circle: this run; square: the evaluation. */
	readonly shape: 'line' | 'circle' | 'square';
}

export interface SeriesOptions {
	readonly width: number;
	readonly height: number;
	readonly xTitle: string;
	readonly yTitle: string;
	/** The vertical axis, from 0. */
	readonly most: number;
	readonly format: (y: number) => string;
	/** A place of the horizontal axis in words. */
	readonly label: (x: number) => string;
}

/** Height of a line of the key. */
const LINE = 16;

/** Formula and measurements over whole numbers: acceptance by place, tokens a pass by k. What is what stands above. */
export function seriesChart(all: readonly Series[], o: SeriesOptions): Drawing {
	const margin = { top: 24 + LINE * all.length, right: 16, bottom: 40, left: 44 };
	const xs = [...new Set(all.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
		(a, b) => a - b
	);
	const [first = 0, last = 1] = [xs[0], xs.at(-1)];
	const x = scaleLinear([first - 0.5, last + 0.5], [margin.left, o.width - margin.right]);
	const y = scaleLinear([0, o.most], [o.height - margin.bottom, margin.top]);
	const shown = xs.filter(
		(value) => Number.isInteger(value) && (xs.length <= 12 || value % 2 === 0)
	);
	const marks: Mark[] = [
		...leftAxis({ scale: y, ticks: y.ticks(5), title: o.yTitle, format: o.format }, o, margin),
		...bottomAxis({ scale: x, ticks: shown, title: o.xTitle }, o, margin)
	];
	for (const { shape, points, name } of all) {
		if (shape === 'line') {
			const d = through(points.map((p) => [x(p.x), y(p.y)] as const));
			marks.push({ type: 'path', d, stroke: 'muted', width: 1.5, dash: '5 3' });
			continue;
		}
		for (const p of points) {
			if (p.error) {
				const ends = [y(p.y - p.error), y(Math.min(o.most, p.y + p.error))] as const;
				marks.push(line([x(p.x), ends[0]], [x(p.x), ends[1]], { stroke: 'muted', width: 1.5 }));
			}
			marks.push({
				type: 'dot',
				key: `${name} ${p.x}`,
				x: x(p.x),
				y: y(p.y),
				r: 4,
				shape,
				fill: shape === 'circle' ? 'mask' : 'paper',
				stroke: shape === 'circle' ? 'mask' : 'ink'
			});
		}
	}
	return {
		width: o.width,
		height: o.height,
		marks: [...marks, ...key(all, margin.left)],
		spots: xs.map((value) => ({
			key: String(value),
			x: x(value),
			y: y(0),
			get label() {
				return o.label(value);
			}
		})),
		pick: 'x'
	};
}

/** What the marks are, above the plot. */
function key(all: readonly Series[], left: number): Mark[] {
	return all.flatMap(({ name, shape }, i): Mark[] => {
		const at = 8 + LINE * i;
		const start = left;
		const sign: Mark =
			shape === 'line'
				? line([start, at], [start + 16, at], { stroke: 'muted', width: 1.5, dash: '5 3' })
				: {
						type: 'dot',
						key: `key ${name}`,
						x: start + 8,
						y: at,
						r: 4,
						shape,
						fill: shape === 'circle' ? 'mask' : 'paper',
						stroke: shape === 'circle' ? 'mask' : 'ink'
					};
		return [sign, words(name, start + 22, at + 4, { ink: 'muted' })];
	});
}
