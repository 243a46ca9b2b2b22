import { operatorNames } from '$engine/timeline/index.ts';
import type { DrawnRun } from './rows.ts';

const MOST_FOUND = 20_000;

/**
 * Slices that a search finds: by a part of their name or operator, or 'layer 12'; a single sign must be all of the name
 * ('o' is an operator). At most as many as can be walked through.
 */
export function searched({ timeline, lanes }: DrawnRun, query: string): ReadonlySet<number> {
	const wanted = query.trim().toLowerCase();
	if (!wanted) return new Set();
	const { slices, labels } = timeline;
	const layer = /^(?:layer|第)?\s*(\d+)\s*层?$/.exec(wanted)?.[1];
	const says = (text: string) => (wanted.length < 2 ? text === wanted : text.includes(wanted));
	const named = new Set(labels.flatMap((text, i) => (says(text.toLowerCase()) ? [i] : [])));
	const operators = new Set(operatorNames.flatMap((name, i) => (i > 0 && says(name) ? [i] : [])));
	const found = new Set<number>();
	for (const index of lanes) {
		const { kind } = timeline.lanes[index.lane]!;
		const wants = layer !== undefined ? kind === 'layer' : kind === 'kernel' || kind === 'track';
		if (!wants) continue;
		for (const slice of index.ids) {
			const hit =
				layer !== undefined
					? slices.layer[slice] === Number(layer)
					: named.has(slices.label[slice]!) || operators.has(slices.operator[slice]!);
			if (hit && found.add(slice).size >= MOST_FOUND) return found;
		}
	}
	return found;
}
