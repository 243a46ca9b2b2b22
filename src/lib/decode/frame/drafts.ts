import {
	depthOf,
	fromAr,
	isTree,
	layoutOf,
	mainChain,
	originOf,
	parentsOf,
	pathOf,
	type Prediction,
	type Session,
	type Step
} from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';
import type { Fate, Head, Rows, Tile } from '../tile.ts';
import { keyOfDraft } from './keys.ts';
import { rowsOfTree } from './tree.ts';

/** Drafts, what the AR half says of them, and blocks. */
export function draftRows(session: Session, index: number, step: Step, settled: boolean): Rows {
	const drafts = draftTiles(session, index, step, settled);
	const ar = drafts.reduce((most, { row }) => Math.max(most, row), 0) + 1;
	const said = arTiles(index, step, ar);
	const blocks = blockRows(index, step, ar + 1);
	const from = step.layout.prompt > 0 ? 0 : 1;
	return {
		rows: Math.max(ar + 1 + blocks.heads.length, 2),
		lanes: { ar, blocks: ar + 1 },
		tiles: [...drafts, ...said, ...blocks.tiles],
		heads: [
			...(spineOf(step).length > 0
				? [{ row: ar, what: 'ar', number: 0, from, chosen: false } as const]
				: []),
			...blocks.heads
		]
	};
}

/** The drafts, a branch of a tree in each row, with the verdict on each. */
function draftTiles(session: Session, index: number, step: Step, settled: boolean): Tile[] {
	const plan = layoutOf(step);
	const { parents } = step.layout;
	const path = pathOf(step);
	const branches = rowsOfTree(parents);
	const tree = isTree(parents);
	const tested = new Set([0, ...path]);
	const passed = new Set(path.slice(0, step.emitted.length));
	return parents.map((parent, i): Tile => {
		const draft = i + 1;
		const slot = slotOfDraft(plan, draft);
		const token = step.tokens[slot]!;
		return {
			key: keyOfDraft(session, index, draft),
			kind: settled && passed.has(draft) ? 'prefix' : 'draft',
			position: step.start + plan.slots[slot]!.offset,
			row: branches[i]!,
			token,
			probability: probabilityOf(originOf(session, index, draft)?.prediction, token),
			fate: passed.has(draft)
				? 'accepted'
				: path.length > 0 && tested.has(parent) && !tested.has(draft)
					? 'rejected'
					: 'idle',
			slot,
			number: draft,
			...(tree && parent > 0 && { from: branches[parent - 1]! })
		};
	});
}

/** What the AR half predicts along the spine. */
function arTiles(index: number, step: Step, row: number): Tile[] {
	const plan = layoutOf(step);
	const path = pathOf(step);
	return spineOf(step).flatMap((draft): Tile | [] => {
		const slot = slotOfDraft(plan, draft);
		const said = step.predictions[slot];
		if (!said) return [];
		const hands = draft === step.next?.block && fromAr(step);
		const token = hands ? step.next!.drafts[0] : said.tokens[0];
		return {
			key: `ar:${index}:${draft}`,
			kind: 'ar',
			position: step.start + plan.slots[slot]!.offset + 1,
			row,
			token,
			probability: probabilityOf(said, token),
			fate: hands
				? step.next!.first === 'correction'
					? 'correction'
					: 'bonus'
				: path.includes(draft) && draft !== path.at(-1)
					? 'agrees'
					: 'idle',
			slot,
			number: draft
		};
	});
}

/** The prompt (draft 0), the accepted path, and on where it might have gone. */
function spineOf(step: Step): number[] {
	const spine = step.layout.prompt > 0 ? [0, ...pathOf(step)] : [...pathOf(step)];
	for (;;) {
		const next = step.layout.parents.indexOf(spine.at(-1) ?? 0);
		if (next < 0) return spine;
		spine.push(next + 1);
	}
}

/** A row for every block of masks. */
function blockRows(index: number, step: Step, first: number): { tiles: Tile[]; heads: Head[] } {
	const plan = layoutOf(step);
	const chosen = step.next?.block;
	/** The drafts, from 1, that the masks of the chosen block become, where they form a tree its likeliest text. */
	const main = step.next ? mainChain(parentsOf(step.next)) : [];
	const tiles: Tile[] = [];
	const heads: Head[] = [];
	step.layout.blocks.forEach((length, block) => {
		if (length === 0) return;
		const row = first + heads.length;
		const from = block === 0 ? 0 : depthOf(step, block) + 1;
		heads.push({ row, what: 'block', number: block, from, chosen: block === chosen });
		slotsOfBlock(plan, block).forEach((slot, i) => {
			const said = step.predictions[slot];
			const replaced = i === 0 && fromAr(step);
			const becomes = block === chosen && !replaced ? main[i] : undefined;
			// A sampled draft need not be the likeliest token.
			const token = becomes === undefined ? said?.tokens[0] : step.next!.drafts[becomes - 1];
			tiles.push({
				key: `m:${index}:${block}:${i + 1}`,
				kind: 'mask',
				position: step.start + plan.slots[slot]!.offset,
				row,
				token,
				probability: probabilityOf(said, token),
				fate: fateOfMask(
					block === chosen && i < main.length,
					replaced && step.next!.instead !== undefined
				),
				slot,
				number: i + 1,
				block
			});
		});
	});
	return { tiles, heads };
}

const fateOfMask = (chosen: boolean, replaced: boolean): Fate =>
	!chosen ? 'idle' : replaced ? 'rejected' : 'chosen';

const probabilityOf = (said: Prediction | null | undefined, token: number | undefined) =>
	token === undefined ? undefined : said?.probabilities[said.tokens.indexOf(token)];
