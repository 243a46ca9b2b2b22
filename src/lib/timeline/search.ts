import { operatorNames } from '$engine/timeline/index.ts';
import type { DrawnRun } from './rows.ts';

const MOST_FOUND = 20_000;

/** Slices that a search finds: by name, operator, or 'layer 12'. At most as many as can be walked through. */
export function searched({ timeline, lanes }: DrawnRun, query: string): ReadonlySet<number> {
	const wanted = query.trim().toLowerCase();
	if (!wanted) return new Set();
	const { slices, labels } = timeline;
	const layer = /^(?:layer|第)?\s*(\d+)\s*层?$/.exec(wanted)?.[1];
	const named = new Set(
		labels.flatMap((text, i) => (text.toLowerCase().includes(wanted) ? [i] : []))
	);
	const operators = new Set(
		operatorNames.flatMap((name, i) => (i > 0 && name.includes(wanted) ? [i] : []))
	);
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
