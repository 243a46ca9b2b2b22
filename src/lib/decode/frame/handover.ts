import { fromAr, isTree, layoutOf, mainChain, parentsOf, type Step } from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';
import type { Tile } from '../tile.ts';
import { rowsOfTree } from './tree.ts';

/** The drafts that a step hands on, where the next step has them. */
export function handedOver(step: Step, index: number, anchor: number): Tile[] {
	const { next } = step;
	if (!next) return [];
	const parents = parentsOf(next);
	const branches = rowsOfTree(parents);
	const main = mainChain(parents);
	const depths: number[] = [];
	for (const parent of parents) depths.push(parent === 0 ? 0 : depths[parent - 1]! + 1);
	return next.drafts.map((token, i): Tile => {
		const [depth, parent] = [depths[i]!, parents[i]!];
		const born = bornIn(step, index, depth);
		const said = born && step.predictions[born.slot];
		return {
			key: born && main[depth] === i + 1 ? born.key : `d:${index + 1}:${i + 1}`,
			kind: 'draft',
			position: anchor + depth,
			row: branches[i]!,
			token,
			probability: said?.probabilities[said.tokens.indexOf(token)],
			fate: 'pending',
			number: i + 1,
			...(isTree(parents) && parent > 0 && { from: branches[parent - 1]! })
		};
	});
}

/** The tile of a step that a draft of a depth comes from: the AR half's word, or a mask of the chosen block. */
function bornIn(
	step: Step,
	index: number,
	depth: number
): { slot: number; key: string } | undefined {
	const { block } = step.next!;
	const mask = slotsOfBlock(layoutOf(step), block)[depth];
	if (depth === 0 && (fromAr(step) || mask === undefined))
		return { slot: slotOfDraft(layoutOf(step), block), key: `ar:${index}:${block}` };
	return mask === undefined ? undefined : { slot: mask, key: `m:${index}:${block}:${depth + 1}` };
}
