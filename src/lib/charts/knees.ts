import { scaleLinear } from 'd3';
import { bottomAxis } from './axes.ts';
import { line, words, type Drawing, type Mark } from './drawing.ts';

export interface KneeRow {
	readonly key: string;
	readonly name: string;
	/** Token slots. */
	readonly measured: number;
	readonly predicted: number;
	/** The parameters were fitted to this sweep. */
	readonly fitted: boolean;
	readonly label: string;
}

export interface KneeOptions {
	readonly width: number;
	readonly xTitle: string;
	readonly names: { readonly measured: string; readonly predicted: string };
}

/** Where several slots sweeps bend: for each a stroke where it was measured and a dot where it was predicted. */
export function kneeRows(rows: readonly KneeRow[], o: KneeOptions): Drawing {
	const margin = { top: 18, right: 44, bottom: 40, left: 14 };
	const pitch = 34;
	const top = (i: number) => margin.top + i * pitch;
	const height = top(rows.length) + margin.bottom;
	const most = Math.max(...rows.flatMap(({ measured, predicted }) => [measured, predicted]));
	const x = scaleLinear([0, most], [margin.left, o.width - margin.right]).nice();
	const marks: Mark[] = [
		...bottomAxis(
			{ scale: x, ticks: x.ticks(6), title: o.xTitle },
			{ width: o.width, height },
			margin
		)
	];
	rows.forEach((row, i) => {
		const y = top(i) + 24;
		const ink = row.fitted ? 'muted' : 'ink';
		marks.push(
			words(row.name, margin.left, y - 9, { ink }),
			line([x(0), y + 3.5], [x(row.measured), y + 3.5], { stroke: 'line' }),
			line([x(row.measured), y - 3.5], [x(row.measured), y + 10.5], { stroke: 'accent', width: 2 }),
			{
				type: 'dot',
				key: row.key,
				x: x(row.predicted),
				y: y + 3.5,
				r: 4.5,
				shape: 'circle',
				fill: row.fitted ? 'paper' : 'ink',
				stroke: ink
			}
		);
		if (i === 0) {
			const [left, right] =
				row.measured < row.predicted
					? [o.names.measured, o.names.predicted]
					: [o.names.predicted, o.names.measured];
			const [a, b] = [row.measured, row.predicted].sort((one, other) => one - other);
			marks.push(
				words(left, x(a!) - 8, y + 7, { anchor: 'end', ink: 'muted', size: 11 }),
				words(right, x(b!) + 8, y + 7, { ink: 'muted', size: 11 })
			);
		}
	});
	return {
		width: o.width,
		height,
		marks,
		spots: rows.map((row, i) => ({
			key: row.key,
			x: x(row.predicted),
			y: top(i) + 27.5,
			label: row.label
		})),
		pick: 'xy',
		columns: 1
	};
}
