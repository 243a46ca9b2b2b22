import type { Layout, Region } from '$engine/mask/index.ts';
import type { Run } from './sight.ts';

/** Neighbouring slots of one region and, of masks, one block: [from, to) in slots. */
export interface Group {
	readonly from: number;
	readonly to: number;
	readonly region: Region;
	/** Of masks: the draft that the block stands behind; others: -1. */
	readonly block: number;
}

/** The slots of a pass in groups, in order. */
export function groupsOf({ slots }: Layout): Group[] {
	const firsts = slots.flatMap(({ region, block }, i) => {
		const before = slots[i - 1];
		return before && before.region === region && before.block === block ? [] : [i];
	});
	return firsts.map((from, i) => {
		const { region, block } = slots[from]!;
		return { from, to: firsts[i + 1] ?? slots.length, region, block };
	});
}

/** A stretch of columns, cut where one group ends and the next begins. */
export function piecesOf([from, to]: Run, groups: readonly Group[]): Group[] {
	return groups
		.filter((group) => group.from < to && from < group.to)
		.map((group) => ({ ...group, from: Math.max(from, group.from), to: Math.min(to, group.to) }));
}

/** Width of the band that stands for the cached prefix, in cells: an eighth of the slots, however long the prefix is. */
export const bandOf = (slots: number, cached: number): number =>
	cached > 0 ? Math.max(1, Math.round(slots / 8)) : 0;
