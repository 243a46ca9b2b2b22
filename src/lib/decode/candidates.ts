import type { Prediction, Session, Settings, Step, Verdict } from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';
import { acceptedOf, fromAr, layoutOf } from './frame.ts';

/** A thing to look at in a step: a slot, or what the AR half said behind it. */
export interface Spot {
	readonly slot: number;
	readonly says: boolean;
}

/** What both halves predicted for one text position, and how they were compared. */
export interface Duel {
	/** The text position. */
	readonly position: number;
	/** The token that stands in the slot or was said for the position; undefined for an unread mask. */
	readonly token?: number;
	readonly role: 'prompt' | 'draft' | 'mask' | 'ar';
	/** Draft number, or place in the block, from 1. */
	readonly number: number;
	readonly block?: number;
	readonly ar?: Prediction;
	readonly diffusion?: Prediction;
	/** Steps in which they were made, relative to this one: 0 or -1. */
	readonly arFrom: number;
	readonly diffusionFrom: number;
	/** The test of the draft at this position, where this step holds one. */
	readonly verdict?: Verdict;
	/** The token that won the position in this step, where it differs from `token`. */
	readonly winner?: number;
}

/**
 * The two predictions that meet at a spot.
 *
 * A draft was drawn by the diffusion half one pass ago, in the chosen block, and is judged by what the AR half says
 * at the draft before it. A mask's prediction meets the AR half's only at the first place of its block.
 */
export function duelAt(session: Session, index: number, { slot, says }: Spot): Duel | undefined {
	const step = session.steps[index];
	const place = step && layoutOf(step).slots[slot];
	if (!step || !place) return undefined;
	const position = step.start + place.offset;
	if (says) return duelBehind(step, place.region === 'draft' ? place.number : 0, position + 1);
	if (place.region === 'draft') return duelOfDraft(session, index, place.number, position);
	const base = { position, number: place.number, arFrom: 0, diffusionFrom: 0 };
	if (place.region === 'prefix') return { ...base, role: 'prompt', token: step.tokens[slot] };
	const diffusion = step.predictions[slot] ?? undefined;
	return {
		...base,
		role: 'mask',
		block: place.block,
		token: diffusion?.tokens[0],
		diffusion,
		ar: place.number === 1 ? saidBehind(step, place.block) : undefined,
		winner:
			place.number === 1 && step.next?.block === place.block && fromAr(step)
				? step.next.drafts[0]
				: undefined
	};
}

/** The AR half's prediction behind a draft (0: behind the prompt), against the first mask of its block. */
function duelBehind(step: Step, draft: number, position: number): Duel {
	const ar = saidBehind(step, draft);
	const mask = slotsOfBlock(layoutOf(step), draft)[0];
	const hands = step.next?.block === draft && fromAr(step);
	const tested = step.verdicts[draft];
	return {
		position,
		role: 'ar',
		number: draft,
		token: hands ? step.next!.drafts[0] : ar?.tokens[0],
		ar,
		diffusion: (mask === undefined ? undefined : step.predictions[mask]) ?? undefined,
		arFrom: 0,
		diffusionFrom: 0,
		verdict: draft <= acceptedOf(step) ? tested : undefined
	};
}

function duelOfDraft(session: Session, index: number, draft: number, position: number): Duel {
	const step = session.steps[index]!;
	const before = session.steps[index - 1];
	const made = before?.next && slotsOfBlock(layoutOf(before), before.next.block)[draft - 1];
	const verdict = step.verdicts[draft - 1];
	const first = draft === 1;
	const ar = first
		? before?.next && saidBehind(before, before.next.block)
		: saidBehind(step, draft - 1);
	return {
		position,
		role: 'draft',
		number: draft,
		token: step.tokens[slotOfDraft(layoutOf(step), draft)],
		ar,
		diffusion: (made === undefined ? undefined : before?.predictions[made]) ?? undefined,
		arFrom: first ? -1 : 0,
		diffusionFrom: -1,
		verdict,
		winner: verdict && !verdict.accepted && fromAr(step) ? step.next!.drafts[0] : undefined
	};
}

function saidBehind(step: Step, draft: number): Prediction | undefined {
	return step.predictions[slotOfDraft(layoutOf(step), draft)] ?? undefined;
}

/** The spot to look at first: the one that decided the step. */
export function tellingSpot(session: Session, index: number): Spot | undefined {
	const step = session.steps[index];
	if (!step) return undefined;
	const plan = layoutOf(step);
	const rejected = step.verdicts.find(({ accepted }) => !accepted);
	if (rejected) return { slot: slotOfDraft(plan, rejected.draft), says: false };
	const behind = slotOfDraft(plan, step.next?.block ?? step.emitted.length);
	return behind < 0 ? undefined : { slot: behind, says: step.next !== undefined };
}

/**
 * The listed tokens at another temperature and nucleus, made to sum to 1 over the listed ones alone: all
 * that can be said from the top of a distribution. temperature 0 gives all to the likeliest.
 */
export function reshape({ probabilities }: Prediction, temperature: number, topP = 1): number[] {
	if (temperature === 0) return probabilities.map((_, i) => (i === 0 ? 1 : 0));
	const most = probabilities[0] ?? 1;
	const raised = probabilities.map((p) => (p / most) ** (1 / temperature));
	const sum = raised.reduce((a, b) => a + b, 0);
	const shares = raised.map((value) => value / sum);
	let below = 0;
	const kept = shares.map((share) => {
		const inside = below < topP;
		below += share;
		return inside ? share : 0;
	});
	const rest = kept.reduce((a, b) => a + b, 0);
	return kept.map((share) => share / rest);
}

/**
 * What a token is drawn from after a rejection: max(0, p - q), over the tokens that the AR half's list
 * holds, made to sum to 1 over them; likeliest first. q counts as 0 where the diffusion half's list lacks a token.
 * Undefined unless the duel was lost by the ratio test.
 */
export function leftover(
	{ ar, diffusion, verdict }: Duel,
	{ temperature, topP }: Pick<Settings, 'temperature' | 'topP'>
): { token: number; share: number }[] | undefined {
	if (verdict?.rule !== 'ratio' || verdict.accepted || !ar || !diffusion) return undefined;
	const p = reshape(ar, temperature, topP);
	const q = reshape(diffusion, temperature, topP);
	const given = new Map(diffusion.tokens.map((token, i) => [token, q[i]!]));
	const rest = ar.tokens.map((token, i) => Math.max(0, p[i]! - (given.get(token) ?? 0)));
	const sum = rest.reduce((a, b) => a + b, 0);
	return ar.tokens
		.map((token, i) => ({ token, share: rest[i]! / sum }))
		.filter(({ share }) => share > 0)
		.sort((a, b) => b.share - a.share);
}
