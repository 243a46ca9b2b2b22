import {
	canvasPasses,
	canvasShift,
	fromAr,
	layoutOf,
	originOf,
	ownBefore,
	pathOf,
	type Origin,
	type Prediction,
	type Session,
	type Settings,
	type Step,
	type Verdict
} from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';

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
	/** What whoever drafts said: the diffusion half, or as `drafter` says. */
	readonly diffusion?: Prediction;
	/** Who drafted, where that is not the diffusion half. */
	readonly drafter?: Origin['by'];
	/** Steps in which they were made, relative to this one: 0 or less. */
	readonly arFrom: number;
	readonly diffusionFrom: number;
	/** The test of the draft at this position, where this step holds one. */
	readonly verdict?: Verdict;
	/** The token that won the position in this step, where it differs from `token`. */
	readonly winner?: number;
	/** What became of a place of a canvas in this pass. */
	readonly place?: CanvasPlace;
	/** Another branch of a tree was taken before this draft came to be tested. */
	readonly offPath?: boolean;
}

/**
 * filled: in this pass; back: predicted and put back; before: filled in an earlier pass; unread: not among those that this
 * pass may fill.
 */
export interface CanvasPlace {
	readonly fate: 'filled' | 'back' | 'before' | 'unread';
	/** The pass over this canvas, from 1: this one, or the one that filled it. */
	readonly pass: number;
	/** By what it was chosen, where it was. */
	readonly confidence?: number;
	/** Masks that this pass predicted, and filled. */
	readonly open: number;
	readonly filled: number;
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
	// Where a canvas is read with its prompt, slots before it hold the prompt.
	const asked = session.context.length + session.promptTokens.length;
	if (step.canvas && position < asked) return { ...base, role: 'prompt', token: step.tokens[slot] };
	if (step.canvas) return duelOnCanvas(session, index, slot, base);
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

/** A place of a canvas: nothing is drafted there and nothing checked. */
function duelOnCanvas(
	{ steps }: Session,
	index: number,
	slot: number,
	base: Pick<Duel, 'position' | 'number' | 'arFrom' | 'diffusionFrom'>
): Duel {
	const step = steps[index]!;
	const { unmasked, remasked } = step.canvas!;
	const passes = canvasPasses(steps, index);
	const numbers = { open: unmasked.length + remasked.length, filled: unmasked.length };
	const at = (of: Step) => slot - (base.position - positionOf(of, slot));
	// The same place in an earlier pass: its slot moves when what stood before it went into the cache.
	const filling = passes.findLast((i) =>
		steps[i]!.canvas!.unmasked.some((one) => positionOf(steps[i]!, one.slot) === base.position)
	);
	const from = filling === undefined ? step : steps[filling]!;
	const found = from.canvas!.unmasked.find((one) => positionOf(from, one.slot) === base.position);
	const read = found?.slot ?? at(step);
	const diffusion = from.predictions[read - canvasShift(from)] ?? undefined;
	const fate = found
		? filling === index
			? 'filled'
			: 'before'
		: remasked.includes(slot)
			? 'back'
			: 'unread';
	return {
		...base,
		role: 'mask',
		token: found?.token ?? diffusion?.tokens[0],
		diffusion,
		diffusionFrom: found ? filling! - index : 0,
		place: {
			fate,
			pass: found ? passes.indexOf(filling!) + 1 : passes.length,
			confidence: found?.confidence,
			...numbers
		}
	};
}

const positionOf = (step: Step, slot: number): number =>
	step.start + (layoutOf(step).slots[slot]?.offset ?? 0);

/** The AR half's prediction behind a draft (0: behind the prompt), against what was drafted for that position. */
function duelBehind(step: Step, draft: number, position: number): Duel {
	const ar = saidBehind(step, draft);
	if (step.by === 'draft') {
		const token = step.next?.drafts[0] ?? ar?.tokens[0];
		const said = { diffusion: ar, drafter: 'draft', arFrom: 0, diffusionFrom: 0 } as const;
		return { position, role: 'ar', number: draft, token, ...said };
	}
	const mask = slotsOfBlock(layoutOf(step), draft)[0];
	const hands = step.next?.block === draft && fromAr(step);
	const path = pathOf(step);
	const tested =
		draft === 0 || path.includes(draft) ? step.verdicts[path.indexOf(draft) + 1] : undefined;
	return {
		position,
		role: 'ar',
		number: draft,
		token: hands ? step.next!.drafts[0] : ar?.tokens[0],
		ar,
		diffusion: (mask === undefined ? undefined : step.predictions[mask]) ?? undefined,
		arFrom: 0,
		diffusionFrom: 0,
		verdict: tested
	};
}

function duelOfDraft(session: Session, index: number, draft: number, position: number): Duel {
	const step = session.steps[index]!;
	const origin = originOf(session, index, draft);
	const path = pathOf(step);
	const parent = step.layout.parents[draft - 1]!;
	const first = parent === 0;
	const own = ownBefore(session.steps, index);
	const before = session.steps[own];
	const drafted = first
		? before?.next && before.predictions[slotsOfBlock(layoutOf(before), before.next.block)[0]!]
		: origin?.prediction;
	const ar = first
		? before?.next && saidBehind(before, before.next.block)
		: saidBehind(step, parent);
	const verdict = step.verdicts.find((one) => one.draft === draft) ?? lost(session, step, draft);
	const right = path[path.indexOf(parent) + 1];
	return {
		position,
		role: 'draft',
		number: draft,
		token: step.tokens[slotOfDraft(layoutOf(step), draft)],
		ar,
		diffusion: drafted ?? undefined,
		...(origin && origin.by !== 'ar' && origin.by !== 'diffusion' && { drafter: origin.by }),
		arFrom: first ? own - index : 0,
		diffusionFrom: first ? own - index : (origin?.step ?? index) - index,
		verdict,
		offPath: !verdict && parent > 0 && !path.includes(parent) && path.length > 0,
		winner:
			!verdict || verdict.accepted
				? undefined
				: right !== undefined
					? step.tokens[slotOfDraft(layoutOf(step), right)]
					: fromAr(step)
						? step.next!.drafts[0]
						: undefined
	};
}

/** A candidate whose parent was right and that was not: the walk down a tree compared it too, without a verdict of its own. */
function lost(
	{ settings }: Session,
	{ verdicts, layout }: Step,
	draft: number
): Verdict | undefined {
	const path = pathOf({ verdicts });
	const parent = layout.parents[draft - 1]!;
	if (!path.includes(parent) || path.includes(draft)) return undefined;
	// The walk ended where the answer did: nothing was compared behind it.
	if (verdicts.length === path.length && parent === path.at(-1)) return undefined;
	return { draft, accepted: false, rule: settings.temperature === 0 ? 'greedy' : 'drawn' };
}

function saidBehind(step: Step, draft: number): Prediction | undefined {
	return step.predictions[slotOfDraft(layoutOf(step), draft)] ?? undefined;
}

/** Whether a session holds what its passes predicted; recorded races are kept without (`withoutPredictions`). */
export const keepsPredictions = ({ steps }: Pick<Session, 'steps'>): boolean =>
	steps.some(({ predictions }) => predictions.some((one) => one !== null));

/** The spot to look at first: the one that decided the step. */
export function tellingSpot(session: Session, index: number): Spot | undefined {
	const step = session.steps[index];
	if (!step) return undefined;
	const plan = layoutOf(step);
	const rejected = step.verdicts.find(({ accepted }) => !accepted);
	if (rejected) return { slot: slotOfDraft(plan, rejected.draft), says: false };
	const filled = step.canvas?.unmasked[0];
	if (filled) return { slot: filled.slot, says: false };
	const behind = slotOfDraft(
		plan,
		step.next?.block ?? pathOf(step)[step.emitted.length - 1] ?? step.emitted.length
	);
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
