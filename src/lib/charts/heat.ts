import { box, line, words, type Drawing, type Ink, type Mark } from './drawing.ts';

export interface HeatCell {
	/** What a step of this batch and these slots wins over one slot; 1 is no gain. */
	readonly gain: number;
	/** Weights, keys and values fit the device. */
	readonly fits: boolean;
	readonly label: string;
}

export interface HeatOptions {
	readonly width: number;
	readonly xTitle: string;
	readonly yTitle: string;
	/** Two lines under a column: the drafts and their slots. */
	readonly columns: readonly (readonly [string, string])[];
	readonly rows: readonly string[];
	/** The cell that is set, if it is on the map. */
	readonly now?: { readonly column: number; readonly row: number };
}

/**
 * A map of gains: rows are batches, columns drafts. Gains are blue, losses orange and hatched, both the stronger the
 * further from 1 on a logarithmic scale; each row's best is framed.
 */
export function heatMap(cells: readonly (readonly HeatCell[])[], o: HeatOptions): Drawing {
	const margin = { top: 26, right: 8, bottom: 58, left: 44 };
	const columns = o.columns.length;
	const width = (o.width - margin.left - margin.right) / columns;
	const tall = 30;
	const height = margin.top + tall * o.rows.length + margin.bottom;
	const marks: Mark[] = [words(o.yTitle, 0, margin.top - 12, { ink: 'muted' })];
	const frames: Mark[] = [];
	const left = (c: number) => margin.left + c * width;
	const top = (r: number) => margin.top + r * tall;
	cells.forEach((row, r) => {
		marks.push(words(o.rows[r]!, margin.left - 8, top(r) + 19, { anchor: 'end', ink: 'muted' }));
		const best = row.reduce((b, { gain }, c) => (gain > row[b]!.gain ? c : b), 0);
		row.forEach((cell, c) => {
			const shade = shadeOf(cell.gain);
			marks.push(
				box([left(c) + 0.5, top(r) + 0.5, width - 1, tall - 1], shade),
				words(cell.gain.toFixed(cell.gain < 9.95 ? 1 : 0), left(c) + width / 2, top(r) + 19, {
					anchor: 'middle',
					ink: 'ink',
					bold: c === best && cell.gain > 1.05
				})
			);
			if (!cell.fits) {
				marks.push(
					line([left(c) + 4, top(r) + tall - 4], [left(c) + width - 4, top(r) + 4], {
						stroke: 'muted',
						width: 0.75
					})
				);
			}
			if (c === best && cell.gain > 1.05) {
				frames.push(
					box([left(c) + 1, top(r) + 1, width - 2, tall - 2], { stroke: 'ink', width: 1.5 })
				);
			}
		});
	});
	if (o.now) {
		const { column, row } = o.now;
		frames.push(
			box([left(column) - 1, top(row) - 1, width + 2, tall + 2], { stroke: 'accent', width: 2 })
		);
	}
	o.columns.forEach(([name, slots], c) => {
		const at = left(c) + width / 2;
		marks.push(
			words(name, at, height - margin.bottom + 17, { anchor: 'middle' }),
			words(slots, at, height - margin.bottom + 32, { anchor: 'middle', ink: 'muted', size: 11 })
		);
	});
	marks.push(
		...frames,
		words(o.xTitle, o.width - margin.right, height - 8, { anchor: 'end', ink: 'muted' })
	);
	return {
		width: o.width,
		height,
		marks,
		spots: cells.flatMap((row, r) =>
			row.map((cell, c) => ({
				key: `${r}.${c}`,
				x: left(c) + width / 2,
				y: top(r) + tall / 2,
				get label() {
					return cell.label;
				}
			}))
		),
		pick: 'xy',
		columns
	};
}

/** At most half of the colour, so that ink stays readable on it in both themes. */
function shadeOf(gain: number): { fill: Ink; tint: number; hatch: boolean } {
	const strength = Math.min(1, Math.abs(Math.log2(gain)) / 2.6);
	return { fill: gain >= 1 ? 'memory' : 'accent', tint: 0.05 + 0.45 * strength, hatch: gain < 1 };
}
