import { layout, slotOfDraft, slotsOfBlock, type Layout } from '../mask/index.ts';
import type { Prediction } from './forward.ts';
import type { Session } from './session.ts';
import type { Handover, Step } from './step.ts';

/**
 * What can be read off the steps of a session, whatever decoder made them: where a draft came from, which path was
 * accepted. Views and plots ask here, so that none of them has to know a decoder.
 */

/** The layout of a step with its slots; kept, because many ask for it. */
export function layoutOf(step: Step): Layout {
	const known = layouts.get(step);
	if (known) return known;
	const made = layout(step.layout);
	layouts.set(step, made);
	return made;
}
const layouts = new WeakMap<Step, Layout>();

/** The drafts that passed their test, by number, each behind the one before it (an end token may cut them). */
export const pathOf = ({ verdicts }: Pick<Step, 'verdicts'>): number[] =>
	verdicts.filter(({ accepted }) => accepted).map(({ draft }) => draft);

/** How many drafts stand before this one in the text that it assumes. */
export const depthOf = (step: Step, draft: number): number =>
	layoutOf(step).slots[slotOfDraft(layoutOf(step), draft)]!.offset - step.layout.prompt;

/** Whether some draft is not the child of the one before it. */
export const isTree = (parents: readonly number[]): boolean =>
	parents.some((parent, i) => parent !== i);

/** Whether the AR half put the first of the next drafts. */
export const fromAr = ({ next }: Pick<Step, 'next'>): boolean =>
	next?.first === 'correction' || next?.first === 'bonus';

/** Parents of the drafts that a step hands on. */
export const parentsOf = ({ parents, drafts }: Handover): readonly number[] =>
	parents ?? drafts.map((_, i) => i);

/** The drafts that follow each other as first children, by number: all of a chain, the likeliest text of a tree. */
export function mainChain(parents: readonly number[]): number[] {
	const chain: number[] = [];
	for (;;) {
		const next = parents.indexOf(chain.at(-1) ?? 0);
		if (next < 0) return chain;
		chain.push(next + 1);
	}
}

/** Who proposed a draft, and where the prediction that it was taken from can be looked at. */
export interface Origin {
	/**
	 * ar: the model's own next token, a correction or a bonus; diffusion: a mask of the chosen block; draft: a draft
	 * model or head, in a pass of its own; text: copied from the text so far.
	 */
	readonly by: 'ar' | 'diffusion' | 'draft' | 'text';
	/** Index of the step, and its slot, whose prediction it is; absent for a copy. */
	readonly step?: number;
	readonly slot?: number;
	/** Absent where the session keeps no predictions. A copy is certain to its drafter. */
	readonly prediction?: Prediction;
}

/** The last pass of the model itself before step `index`; -1 where there is none. */
export function ownBefore(steps: readonly Step[], index: number): number {
	let at = index - 1;
	while (at >= 0 && steps[at]!.by === 'draft') at--;
	return at;
}

/**
 * Where draft `draft` of step `index` came from. A draft that the last pass of the model handed over was said by its
 * AR half or by a mask; one that a drafter's pass in between handed over, by the drafter; any other was copied.
 * Undefined where the session begins with it.
 */
export function originOf(
	{ steps }: Pick<Session, 'steps'>,
	index: number,
	draft: number
): Origin | undefined {
	const step = steps[index]!;
	const at = ownBefore(steps, index);
	const before = steps[at];
	if (!before?.next) return undefined;
	const said = (by: Origin['by'], step: number, slot: number): Origin => ({
		by,
		step,
		slot,
		prediction: steps[step]!.predictions[slot] ?? undefined
	});
	const plan = layoutOf(before);
	const depth = depthOf(step, draft);
	const mask = slotsOfBlock(plan, before.next.block)[depth];
	if (depth === 0 && (fromAr(before) || mask === undefined))
		return said('ar', at, slotOfDraft(plan, before.next.block));
	if (mask !== undefined) return said('diffusion', at, mask);
	const drafting = at + depth;
	if (drafting < index) return said('draft', drafting, steps[drafting]!.tokens.length - 1);
	const token = step.tokens[slotOfDraft(layoutOf(step), draft)]!;
	return { by: 'text', prediction: { tokens: [token], probabilities: [1] } };
}

/**
 * What slots of a canvas lie behind the slots that predict them: 0, or 1 where a slot predicts the place behind it
 * (Dream).
 */
export function canvasShift({ canvas, predictions }: Step): number {
	if (!canvas) return 0;
	const changed = [...canvas.unmasked.map(({ slot }) => slot), ...canvas.remasked];
	const read = predictions.findIndex((prediction) => prediction !== null);
	return read < 0 || changed.length === 0 ? 0 : Math.min(...changed) - read;
}

/**
 * Indices of the passes over the canvas of step `index`, up to and with it: a canvas, or the part of one that is being
 * filled, ends with the pass that emits it.
 */
export function canvasPasses(steps: readonly Step[], index: number): number[] {
	let first = index;
	while (steps[first - 1]?.canvas && steps[first - 1]!.emitted.length === 0) first--;
	return Array.from({ length: index - first + 1 }, (_, i) => first + i);
}
