import type { Session, Step } from '$engine/decode/index.ts';
import { layout, slotOfDraft, slotsOfBlock, type Layout } from '$engine/mask/index.ts';

/**
 * What the strip shows of a step, as a pure function of (session, step index, phase).
 *
 * Columns are text positions. Row 0 is the text: the prefix and, behind it, the drafts. Row 1 is what the AR half
 * predicts for the same positions. Every further row is one block of masks, at its own positions. So a
 * draft and the token it is compared with stand in one column, and a block that becomes the next drafts
 * moves straight up.
 *
 * A tile keeps its key for life: a mask of the chosen block is the draft of the next step and, once
 * accepted, a tile of the prefix. Whoever draws frames one after the other by key sees tokens travel.
 */
export interface Frame {
	/** The first position that is not prefix. */
	readonly anchor: number;
	/** Rows, the text's and the AR half's included. */
	readonly rows: number;
	/** Positions from the anchor on that hold a tile, at most. */
	readonly columns: number;
	readonly tiles: readonly Tile[];
}

/**
 * rest: all that the pass computed, and the verdict. accept: accepted drafts turn into prefix, the rest
 * steps back. slide: the chosen block is where the drafts are; the next pass has not begun.
 */
export type Phase = 'rest' | 'accept' | 'slide';

export interface Tile {
	readonly key: string;
	/** ar: a prediction of the AR half, which is not a slot of its own but what a slot said. */
	readonly kind: 'prefix' | 'draft' | 'mask' | 'ar';
	/** Position in the text, from 0. */
	readonly position: number;
	readonly row: number;
	/** The token shown; undefined where a mask's prediction was not asked for. */
	readonly token?: number;
	/** Probability that its half gave to the token, at temperature 1, where known. */
	readonly probability?: number;
	readonly fate: Fate;
	/** The slot of this pass that it is, or that predicted it; absent for cached positions. */
	readonly slot?: number;
	/** Draft number, or place in the block, from 1. */
	readonly number?: number;
	/** The draft that the block stands behind. */
	readonly block?: number;
}

/**
 * pending: nothing decided. accepted / rejected: drafts. agrees: the AR half predicted the draft in this column.
 * correction / bonus: the AR half's token that becomes draft 1. chosen: the mask becomes a draft.
 * idle: computed for a case that did not arise.
 */
export type Fate =
	'pending' | 'accepted' | 'rejected' | 'agrees' | 'correction' | 'bonus' | 'chosen' | 'idle';

/** Fates as the legend tells them apart. */
export const groups = ['accepted', 'rejected', 'replaced', 'chosen', 'unused'] as const;
export type Group = (typeof groups)[number];

/**
 * The legend's group of a tile. replaced: the AR half's own token goes on (a correction or a bonus). unused: computed
 * for a case that did not arise. Undefined for the prefix, and where nothing is decided yet.
 */
export function groupOf({ kind, fate }: Tile): Group | undefined {
	switch (fate) {
		case 'accepted':
		case 'agrees':
			return 'accepted';
		case 'rejected':
			return kind === 'draft' ? 'rejected' : 'chosen';
		case 'correction':
		case 'bonus':
			return 'replaced';
		case 'chosen':
			return 'chosen';
		case 'idle':
			return 'unused';
		case 'pending':
			return undefined;
	}
}

export const TEXT_ROW = 0;
export const AR_ROW = 1;
export const FIRST_BLOCK_ROW = 2;

/** The layout of a step with its slots; kept, because many views ask for it. */
export function layoutOf(step: Step): Layout {
	const known = layouts.get(step);
	if (known) return known;
	const made = layout(step.layout);
	layouts.set(step, made);
	return made;
}
const layouts = new WeakMap<Step, Layout>();

/** Tokens in the text before step `index`: earlier turns, the prompt, and what the steps before it emitted. */
export function prefixOf(session: Session, index: number): number[] {
	const tokens = [...session.context];
	if (index > 0) tokens.push(...session.promptTokens);
	for (const step of session.steps.slice(0, index)) tokens.push(...step.emitted);
	return tokens;
}

/** How many drafts of a step were accepted (by the test; an end token may cut them). */
export const acceptedOf = (step: Step): number =>
	step.verdicts.filter(({ accepted }) => accepted).length;

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
	return phase === 'slide' && step.next
		? slid(session, index, step, tail)
		: computed(session, index, step, phase !== 'rest', tail);
}

/** Everything a pass computed. */
function computed(
	session: Session,
	index: number,
	step: Step,
	settled: boolean,
	tail: number
): Frame {
	const plan = layoutOf(step);
	const { prompt, parents, blocks } = step.layout;
	const anchor = step.start + prompt;
	const accepted = acceptedOf(step);
	const chosen = step.next?.block;
	const tiles = prefixTiles(session, index, anchor, tail);

	parents.forEach((_, i) => {
		const draft = i + 1;
		const slot = slotOfDraft(plan, draft);
		const passed = draft <= step.emitted.length;
		tiles.push({
			key: keyOfDraft(session, index, draft),
			kind: settled && passed ? 'prefix' : 'draft',
			position: step.start + plan.slots[slot]!.offset,
			row: TEXT_ROW,
			token: step.tokens[slot],
			probability: probabilityOfDraft(session, index, draft),
			fate: passed ? 'accepted' : step.verdicts[i]?.accepted === false ? 'rejected' : 'idle',
			slot,
			number: draft
		});
	});

	// What the AR half predicts behind the prompt (draft 0) and behind each draft.
	for (let draft = prompt > 0 ? 0 : 1; draft <= parents.length; draft++) {
		const slot = slotOfDraft(plan, draft);
		const said = step.predictions[slot];
		if (!said) continue;
		const hands = draft === chosen && fromAr(step);
		const token = hands ? step.next!.drafts[0] : said.tokens[0];
		tiles.push({
			key: `ar:${index}:${draft}`,
			kind: 'ar',
			position: step.start + plan.slots[slot]!.offset + 1,
			row: AR_ROW,
			token,
			probability: said.probabilities[said.tokens.indexOf(token!)],
			fate: hands
				? step.next!.first === 'correction'
					? 'correction'
					: 'bonus'
				: draft < accepted
					? 'agrees'
					: 'idle',
			slot,
			number: draft
		});
	}

	const first = prompt > 0 ? 0 : 1;
	blocks.forEach((_, block) => {
		slotsOfBlock(plan, block).forEach((slot, i) => {
			const said = step.predictions[slot];
			const replaced = i === 0 && fromAr(step);
			// A sampled draft need not be the likeliest token.
			const token = block === chosen && !replaced ? step.next!.drafts[i] : said?.tokens[0];
			tiles.push({
				key: `m:${index}:${block}:${i + 1}`,
				kind: 'mask',
				position: step.start + plan.slots[slot]!.offset,
				row: FIRST_BLOCK_ROW + block - first,
				token,
				probability:
					token === undefined ? undefined : said?.probabilities[said.tokens.indexOf(token)],
				fate: fateOfMask(block === chosen, replaced && step.next!.instead !== undefined),
				slot,
				number: i + 1,
				block
			});
		});
	});

	const rows = tiles.reduce((most, { row }) => Math.max(most, row + 1), 2);
	const last = tiles.reduce((most, { position }) => Math.max(most, position), anchor);
	return { anchor, rows, columns: last - anchor + 1, tiles };
}

const fateOfMask = (chosen: boolean, replaced: boolean): Fate =>
	!chosen ? 'idle' : replaced ? 'rejected' : 'chosen';

/** The accepted drafts have joined the prefix and the chosen block stands where the drafts were. */
function slid(session: Session, index: number, step: Step, tail: number): Frame {
	const anchor = step.start + step.layout.prompt + step.emitted.length;
	const rest = computed(session, index, step, true, tail);
	const drafts = step.next!.drafts.map((token, i): Tile => ({
		key: keyOfDraft(session, index + 1, i + 1),
		kind: 'draft',
		position: anchor + i,
		row: TEXT_ROW,
		token,
		probability: probabilityOfDraft(session, index + 1, i + 1),
		fate: 'pending',
		number: i + 1
	}));
	return {
		anchor,
		rows: rest.rows,
		columns: rest.columns,
		// What leaves the strip on its left is carried along until it is out of sight.
		tiles: [...prefixTiles(session, index + 1, anchor, tail + step.emitted.length), ...drafts]
	};
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
	for (let i = Math.min(index, session.steps.length) - 1; i >= 0; i--) {
		const { kind, start, emitted } = session.steps[i]!;
		if (kind === 'decode' && position >= start && position < start + emitted.length) {
			return keyOfDraft(session, i, position - start + 1);
		}
		if (position >= start) break;
	}
	return `p:${position}`;
}

/** A draft was born in the step before: as a mask of the chosen block, or said by the AR half. */
function keyOfDraft(session: Session, index: number, draft: number): string {
	const before = session.steps[index - 1];
	const block = before?.next?.block;
	if (!before || block === undefined) return `d:${index}:${draft}`;
	return draft === 1 && fromAr(before)
		? `ar:${index - 1}:${block}`
		: `m:${index - 1}:${block}:${draft}`;
}

/** What the half that proposed a draft gave it, at temperature 1. */
function probabilityOfDraft(session: Session, index: number, draft: number): number | undefined {
	const before = session.steps[index - 1];
	if (!before?.next) return undefined;
	const plan = layoutOf(before);
	const { block, drafts } = before.next;
	const slot =
		draft === 1 && fromAr(before) ? slotOfDraft(plan, block) : slotsOfBlock(plan, block)[draft - 1];
	const said = slot === undefined ? undefined : before.predictions[slot];
	return said?.probabilities[said.tokens.indexOf(drafts[draft - 1]!)];
}

/** Whether the AR half put the first of the next drafts. */
export const fromAr = ({ next }: Step): boolean =>
	next?.first === 'correction' || next?.first === 'bonus';
