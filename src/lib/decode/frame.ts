import {
	depthOf,
	fromAr,
	isTree,
	layoutOf,
	mainChain,
	originOf,
	ownBefore,
	parentsOf,
	pathOf,
	type Session,
	type Step
} from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';

import { canvasRows } from './canvas-rows.ts';
import {
	AR_ROW,
	TEXT_ROW,
	type Fate,
	type Head,
	type Lanes,
	type Rows,
	type Tile
} from './tile.ts';
import { rowsOfTree } from './tree-rows.ts';

export { fromAr, layoutOf } from '$engine/decode/index.ts';
export * from './tile.ts';

/**
 * What the strip shows of a step, as a pure function of (session, step index, phase), whatever decoder made it.
 *
 * Columns are text positions. The first row is the text: the prefix and, behind it, the drafts. A candidate tree takes
 * a row for every branch, the likeliest text first. Below is what the AR half predicts behind the drafts, then one
 * row a block of masks, at its own positions. So a draft and the token it is compared with stand in one
 * column, and a block that becomes the next drafts moves straight up.
 *
 * A diffusion canvas stands in the text row as it is after the pass; below, one row a pass over it, with what that
 * pass filled: the order in which it fills.
 *
 * A tile keeps its key for life: a mask of the chosen block is the draft of the next step and, once
 * accepted, a tile of the prefix. Whoever draws frames one after the other by key sees tokens travel.
 */
export interface Frame {
	/** The first position that is not prefix. */
	readonly anchor: number;
	/** Rows, the text's and the AR half's included. */
	readonly rows: number;
	/** The rows of the AR half and of the first block or pass. */
	readonly lanes: Lanes;
	/** Positions from the anchor on that hold a tile, at most. */
	readonly columns: number;
	readonly tiles: readonly Tile[];
	/** What the rows below the text are. */
	readonly heads: readonly Head[];
}

/**
 * rest: all that the pass computed, and the verdict. accept: accepted drafts turn into prefix, the rest
 * steps back. slide: the chosen block is where the drafts are; the next pass has not begun.
 */
export type Phase = 'rest' | 'accept' | 'slide';

/** Tokens in the text before step `index`: earlier turns, the prompt, and what the steps before it emitted. */
export function prefixOf(session: Session, index: number): number[] {
	const tokens = [...session.context];
	if (index > 0) tokens.push(...session.promptTokens);
	for (const step of session.steps.slice(0, index)) tokens.push(...step.emitted);
	return tokens;
}

/** How many tokens that is. */
function lengthBefore({ context, promptTokens, steps }: Session, index: number): number {
	let length = context.length + (index > 0 ? promptTokens.length : 0);
	for (let i = 0; i < index; i++) length += steps[i]?.emitted.length ?? 0;
	return length;
}

/** How many drafts of a step were accepted (by the test; an end token may cut them). */
export const acceptedOf = (step: Step): number => pathOf(step).length;

/**
 * The frame of a step.
 * @param tail prefix tiles shown before the anchor.
 * @throws RangeError where the session has no such step.
 */
export function frameAt(session: Session, index: number, phase: Phase, tail = 5): Frame {
	const step = session.steps[index];
	if (!step) {
		throw new RangeError(`Frame: step ${index} of a session with ${session.steps.length} steps.`);
	}
	const goesOn = step.next ?? (step.emitted.length > 0 && session.steps[index + 1]);
	if (phase === 'slide' && goesOn) return slid(session, index, step, tail);
	const settled = phase !== 'rest';
	const anchor = anchorOf(session, index);
	const { rows, lanes, tiles, heads } = step.canvas
		? canvasRows(session, index, step, settled, anchor)
		: step.by === 'draft'
			? drafterRows(session, index, step, anchor)
			: draftRows(session, index, step, settled);
	const last = tiles.reduce((most, { position }) => Math.max(most, position), anchor);
	return {
		anchor,
		lanes,
		heads,
		rows: Math.max(
			rows,
			tiles.reduce((most, { row }) => Math.max(most, row + 1), 0)
		),
		columns: last - anchor + 1,
		tiles: [...prefixTiles(session, index, anchor, tail), ...tiles]
	};
}

/** The first position that is not prefix when step `index` is computed. */
function anchorOf(session: Session, index: number): number {
	const { start, layout, by, canvas } = session.steps[index]!;
	return by === 'draft' || canvas
		? lengthBefore(session, Math.max(1, index))
		: start + layout.prompt;
}

/** Drafts, what the AR half says of them, and blocks. */
function draftRows(session: Session, index: number, step: Step, settled: boolean): Rows {
	const plan = layoutOf(step);
	const { prompt, parents, blocks } = step.layout;
	const path = pathOf(step);
	const chosen = step.next?.block;
	const branches = rowsOfTree(parents);
	const ar = Math.max(0, ...branches) + 1;
	const lanes = { ar, blocks: ar + 1 };
	const tree = isTree(parents);
	const tiles: Tile[] = [];
	const heads: Head[] = [];

	const tested = new Set([0, ...path]);
	const passed = new Set(path.slice(0, step.emitted.length));
	parents.forEach((parent, i) => {
		const draft = i + 1;
		const slot = slotOfDraft(plan, draft);
		const token = step.tokens[slot]!;
		const prediction = originOf(session, index, draft)?.prediction;
		tiles.push({
			key: keyOfDraft(session, index, draft),
			kind: settled && passed.has(draft) ? 'prefix' : 'draft',
			position: step.start + plan.slots[slot]!.offset,
			row: branches[i]!,
			token,
			probability: prediction?.probabilities[prediction.tokens.indexOf(token)],
			fate: passed.has(draft)
				? 'accepted'
				: path.length > 0 && tested.has(parent) && !tested.has(draft)
					? 'rejected'
					: 'idle',
			slot,
			number: draft,
			...(tree && parent > 0 && { from: branches[parent - 1]! })
		});
	});

	// What the AR half predicts behind the prompt (draft 0), along the accepted path, and on where it might have gone.
	const spine = prompt > 0 ? [0, ...path] : [...path];
	for (;;) {
		const next = parents.indexOf(spine.at(-1) ?? 0);
		if (next < 0) break;
		spine.push(next + 1);
	}
	for (const draft of spine) {
		const slot = slotOfDraft(plan, draft);
		const said = step.predictions[slot];
		if (!said) continue;
		const hands = draft === chosen && fromAr(step);
		const token = hands ? step.next!.drafts[0] : said.tokens[0];
		tiles.push({
			key: `ar:${index}:${draft}`,
			kind: 'ar',
			position: step.start + plan.slots[slot]!.offset + 1,
			row: lanes.ar,
			token,
			probability: said.probabilities[said.tokens.indexOf(token!)],
			fate: hands
				? step.next!.first === 'correction'
					? 'correction'
					: 'bonus'
				: path.indexOf(draft) >= 0 && draft !== path.at(-1)
					? 'agrees'
					: 'idle',
			slot,
			number: draft
		});
	}
	if (spine.length > 0) {
		heads.push({ row: lanes.ar, what: 'ar', number: 0, from: prompt > 0 ? 0 : 1, chosen: false });
	}

	let row = lanes.blocks;
	const main = step.next ? mainChain(parentsOf(step.next)) : [];
	blocks.forEach((length, block) => {
		if (length === 0) return;
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
				probability:
					token === undefined ? undefined : said?.probabilities[said.tokens.indexOf(token)],
				fate: fateOfMask(
					block === chosen && i < main.length,
					replaced && step.next!.instead !== undefined
				),
				slot,
				number: i + 1,
				block
			});
		});
		const from = block === 0 ? 0 : depthOf(step, block) + 1;
		heads.push({ row, what: 'block', number: block, from, chosen: block === chosen });
		row++;
	});
	return { rows: Math.max(row, 2), lanes, tiles, heads };
}

const fateOfMask = (chosen: boolean, replaced: boolean): Fate =>
	!chosen ? 'idle' : replaced ? 'rejected' : 'chosen';

/** The tokens that a round has so far: the certain one, and those of the drafter's passes before step `index`. */
function roundOf(session: Session, index: number): Tile[] {
	const { steps } = session;
	const own = ownBefore(steps, index);
	const anchor = lengthBefore(session, Math.max(1, index));
	return steps.slice(Math.max(0, own), index).flatMap((step, i): Tile | [] => {
		const said = step.predictions[step.by === 'draft' ? step.tokens.length - 1 : -1];
		const token = step.next?.drafts[0];
		if (token === undefined) return [];
		return {
			key: `ar:${Math.max(0, own) + i}:${step.next!.block}`,
			kind: 'draft',
			position: anchor + i,
			row: TEXT_ROW,
			token,
			probability: said?.probabilities[said.tokens.indexOf(token)],
			fate: 'pending',
			number: i + 1
		};
	});
}

/** A pass of a drafter: the tokens of the round so far, and the one it adds. */
function drafterRows(session: Session, index: number, step: Step, anchor: number): Rows {
	const tiles = roundOf(session, index);
	const slot = step.tokens.length - 1;
	const said = step.predictions[slot];
	const token = step.next?.drafts[0] ?? said?.tokens[0];
	const from = tiles.length;
	tiles.push({
		key: `ar:${index}:${step.next?.block ?? 0}`,
		kind: 'ar',
		position: anchor + from,
		row: AR_ROW,
		token,
		probability: said?.probabilities[said.tokens.indexOf(token!)],
		fate: 'bonus',
		slot,
		number: from
	});
	const heads = [{ row: AR_ROW, what: 'drafter', number: 0, from, chosen: false }] as const;
	return { rows: 2, lanes: { ar: AR_ROW, blocks: AR_ROW + 1 }, tiles, heads };
}

/** What was accepted has joined the prefix and the chosen block stands where the drafts were. */
function slid(session: Session, index: number, step: Step, tail: number): Frame {
	const rest = frameAt(session, index, 'accept', 0);
	const anchor = lengthBefore(session, index + 1);
	const drafting = step.by === 'draft' || session.steps[index + 1]?.by === 'draft';
	const drafts = drafting ? roundOf(session, index + 1) : handedOver(step, index, anchor);
	const ar = Math.max(0, ...drafts.map(({ row }) => row)) + 1;
	return {
		anchor,
		rows: rest.rows,
		lanes: step.canvas ? rest.lanes : { ar, blocks: ar + 1 },
		columns: rest.columns,
		heads: [],
		// What leaves the strip on its left is carried along until it is out of sight.
		tiles: [...prefixTiles(session, index + 1, anchor, tail + step.emitted.length), ...drafts]
	};
}

/** The drafts that a step hands on, where the next step has them. */
function handedOver(step: Step, index: number, anchor: number): Tile[] {
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

/** The last `tail` positions before the anchor. */
function prefixTiles(session: Session, index: number, anchor: number, tail: number): Tile[] {
	const step = session.steps[index];
	const first = Math.max(0, anchor - tail);
	const text = prefixOf(session, Math.max(index, 1));
	const tiles: Tile[] = [];
	for (let position = first; position < anchor; position++) {
		const slot = step && position >= step.start ? position - step.start : undefined;
		tiles.push({
			key: keyOfPosition(session, index, position),
			kind: 'prefix',
			position,
			row: TEXT_ROW,
			token: text[position],
			fate: 'pending',
			...(slot !== undefined && slot < step!.layout.prompt ? { slot, number: slot + 1 } : {})
		});
	}
	return tiles;
}

/** The key of a cached position before step `index`: where its token was born. */
function keyOfPosition(session: Session, index: number, position: number): string {
	let from = lengthBefore(session, Math.max(1, index));
	for (let i = Math.min(index, session.steps.length) - 1; i >= 0 && position < from; i--) {
		const step = session.steps[i]!;
		from -= step.emitted.length;
		if (position < from || step.emitted.length === 0) continue;
		return step.canvas
			? `c:${position}`
			: keyOfDraft(session, i, pathOf(step)[position - from] ?? position - from + 1);
	}
	return `p:${position}`;
}

/** A draft was born in the pass that proposed it: as a mask of the chosen block, or as what somebody said. */
function keyOfDraft(session: Session, index: number, draft: number): string {
	const origin = originOf(session, index, draft);
	const step = session.steps[index]!;
	const own = `d:${index}:${draft}`;
	if (origin?.step === undefined) return own;
	const before = session.steps[origin.step]!;
	if (origin.by !== 'diffusion') return `ar:${origin.step}:${before.next?.block ?? 0}`;
	const depth = depthOf(step, draft);
	return mainChain(step.layout.parents)[depth] === draft
		? `m:${origin.step}:${before.next!.block}:${depth + 1}`
		: own;
}
