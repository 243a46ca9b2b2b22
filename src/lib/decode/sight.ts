import { isTree } from '$engine/decode/index.ts';
import { visible, type Layout, type Slot } from '$engine/mask/index.ts';

/** Columns of a row of the mask that are seen, as [from, to) in slots: few where many cells are. */
export type Run = readonly [from: number, to: number];

/** One list a slot. The cached prefix, which every slot sees, is not listed. */
export function runsOf(layout: Layout): Run[][] {
	return visible(layout).map((seen) => {
		const runs: [number, number][] = [];
		for (const slot of seen) {
			const last = runs.at(-1);
			if (last && last[1] === slot) last[1] = slot + 1;
			else runs.push([slot, slot + 1]);
		}
		return runs;
	});
}

/** Why a slot may or may not see a column; the page has a sentence for each. */
export type Reason =
	| { readonly sees: true; readonly why: 'cache' | 'self' | 'prompt' }
	| { readonly sees: true; readonly why: 'ancestor'; readonly draft: number }
	| { readonly sees: true; readonly why: 'own-block'; readonly block: number }
	| { readonly sees: false; readonly why: 'later' | 'mask' }
	| { readonly sees: false; readonly why: 'other-draft'; readonly draft: number }
	| {
			readonly sees: false;
			readonly why: 'not-in-case';
			readonly block: number;
			readonly draft: number;
	  }
	| {
			readonly sees: false;
			readonly why: 'off-path';
			readonly block: number;
			readonly draft: number;
	  }
	| { readonly sees: false; readonly why: 'other-block'; readonly block: number };

/**
 * The reason behind one cell of the mask.
 * @param column a slot, or -1 for the cached prefix.
 */
export function reasonFor(layout: Layout, row: number, column: number): Reason {
	if (column < 0) return { sees: true, why: 'cache' };
	const from = layout.slots[row]!;
	const to = layout.slots[column]!;
	if (row === column) return { sees: true, why: 'self' };
	if (to.region === 'mask') {
		if (from.region !== 'mask') return { sees: false, why: 'mask' };
		return from.block === to.block
			? { sees: true, why: 'own-block', block: to.block }
			: { sees: false, why: 'other-block', block: from.block };
	}
	if (descends(layout, from, column)) {
		return to.region === 'prefix'
			? { sees: true, why: 'prompt' }
			: { sees: true, why: 'ancestor', draft: to.number };
	}
	if (from.region === 'mask') {
		const why = isTree(layout.spec.parents) ? 'off-path' : 'not-in-case';
		return { sees: false, why, block: from.block, draft: to.number };
	}
	return column > row && (to.region === 'prefix' || descends(layout, to, row))
		? { sees: false, why: 'later' }
		: { sees: false, why: 'other-draft', draft: to.number };
}

/**
 * Where a walk along a row of the mask stops, so that every reason is met once: the first column of each stretch
 * in which columns are of one region and block, and are all seen or all unseen.
 * @param cached positions of the prefix that are in the cache; with any, the walk begins at -1
 */
export function stopsOf(layout: Layout, row: number, cached: number): number[] {
	const seen = new Set(visible(layout)[row]);
	const kind = (column: number) => {
		const { region, block } = layout.slots[column]!;
		return column === row ? 'self' : `${region} ${block} ${seen.has(column)}`;
	};
	const stops = layout.slots.flatMap((_, column) =>
		column > 0 && kind(column) === kind(column - 1) ? [] : [column]
	);
	return cached > 0 ? [-1, ...stops] : stops;
}

function descends({ slots }: Layout, from: Slot, ancestor: number): boolean {
	for (let at = from.parent; at >= 0; at = slots[at]!.parent) if (at === ancestor) return true;
	return false;
}
