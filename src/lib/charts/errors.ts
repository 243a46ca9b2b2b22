import { scaleLinear } from 'd3';
import { bottomAxis } from './axes.ts';
import { line, words, type Drawing, type Mark } from './drawing.ts';

export interface ErrorRow {
	readonly key: string;
	readonly name: string;
	/** Absolute errors in percent. */
	readonly median: number;
	readonly p95: number;
	readonly worst: number;
	/** The parameters were fitted to this set. */
	readonly fitted: boolean;
	readonly label: string;
}

export interface ErrorOptions {
	readonly width: number;
	readonly xTitle: string;
	readonly names: { readonly median: string; readonly p95: string; readonly worst: string };
}

/** Errors of several measured sets: for each a line from the median over the 95th percentile to the worst. */
export function errorRows(rows: readonly ErrorRow[], o: ErrorOptions): Drawing {
	const margin = { top: 0, right: 44, bottom: 40, left: 14 };
	const pitch = 38;
	// The row with room enough between its marks carries their names.
	const room = ({ median, p95, worst }: ErrorRow) => Math.min(p95 - median, worst - p95);
	const named = rows.reduce((best, row, i) => (room(row) > room(rows[best]!) ? i : best), 0);
	const top = (i: number) => margin.top + i * pitch + (i > named ? 14 : 0);
	const height = top(rows.length) + margin.bottom;
	const x = scaleLinear(
		[0, Math.max(...rows.map(({ worst }) => worst))],
		[margin.left, o.width - margin.right]
	).nice();
	const marks: Mark[] = [
		...bottomAxis(
			{ scale: x, ticks: x.ticks(6), title: o.xTitle, format: (v) => `${v} %` },
			{ width: o.width, height },
			margin
		)
	];
	rows.forEach((row, i) => {
		const y = top(i) + 24;
		const ink = row.fitted ? 'muted' : 'ink';
		marks.push(
			words(row.name, margin.left, y - 9, { ink }),
			line([x(0), y + 3.5], [x(row.worst), y + 3.5], { stroke: 'line' }),
			line([x(row.median), y + 3.5], [x(row.p95), y + 3.5], { stroke: ink, width: 2 }),
			line([x(row.p95), y - 0.5], [x(row.p95), y + 7.5], { stroke: ink, width: 2 }),
			line([x(row.worst), y + 0.5], [x(row.worst), y + 6.5], { stroke: ink }),
			{
				type: 'dot',
				key: row.key,
				x: x(row.median),
				y: y + 3.5,
				r: 4.5,
				shape: 'circle',
				fill: row.fitted ? 'paper' : 'ink',
				stroke: ink
			},
			words(`${row.worst.toFixed(1)} %`, x(row.worst) + 6, y + 7.5, { ink: 'muted' })
		);
		if (i === named) {
			marks.push(
				words(o.names.median, x(row.median), y + 20, { anchor: 'middle', ink: 'muted', size: 11 }),
				words(o.names.p95, x(row.p95), y + 20, { anchor: 'middle', ink: 'muted', size: 11 }),
				words(o.names.worst, x(row.worst), y + 20, { anchor: 'middle', ink: 'muted', size: 11 })
			);
		}
	});
	return {
		width: o.width,
		height,
		marks,
		spots: rows.map((row, i) => ({
			key: row.key,
			x: x(row.median),
			y: top(i) + 27.5,
			label: row.label
		})),
		pick: 'xy',
		columns: 1
	};
}
