import type { Session, Step } from '$engine/decode/index.ts';
import { slotOfDraft, slotsOfBlock } from '$engine/mask/index.ts';
import { acceptedOf, layoutOf } from '$lib/decode/frame.ts';

/** What a reader who plays the verifier is shown of a step. */
export interface Case {
	/** Draft tokens, in order. */
	readonly drafts: readonly number[];
	/** What the AR half says behind each draft: said[i] is for the place of drafts[i + 1]. */
	readonly said: readonly number[];
	/** The first mask's guess of each block, by number of accepted drafts less one. */
	readonly firstGuess: readonly (number | undefined)[];
	/** What the engine did. */
	readonly accepted: number;
	readonly next: number;
	readonly block: number;
}

/** A decode step as a case; undefined where it is a prefill, the last step, or has a single draft. */
export function caseOf(step: Step): Case | undefined {
	const drafts = step.layout.parents.length;
	if (step.kind !== 'decode' || !step.next || drafts < 2) return undefined;
	const plan = layoutOf(step);
	const numbers = Array.from({ length: drafts }, (_, i) => i + 1);
	const said = numbers.map((n) => step.predictions[slotOfDraft(plan, n)]?.tokens[0]);
	if (said.some((token) => token === undefined)) return undefined;
	return {
		drafts: numbers.map((n) => step.tokens[slotOfDraft(plan, n)]!),
		said: said as number[],
		firstGuess: numbers.map((n) => {
			const slot = slotsOfBlock(plan, n)[0];
			return slot === undefined ? undefined : step.predictions[slot]?.tokens[0];
		}),
		accepted: acceptedOf(step),
		next: step.next.drafts[0]!,
		block: step.next.block
	};
}

/** Steps of a session that can be played. */
export const playable = ({ steps }: Session): number[] =>
	steps.flatMap((step) => (caseOf(step) ? [step.index] : []));

/** Tokens that might go on at the place behind the accepted drafts: the AR half's, the draft's, the mask's; no two alike. */
export function rivalTokens({ drafts, said, firstGuess }: Case, accepted: number): number[] {
	const all = [
		said[accepted - 1],
		drafts[accepted],
		firstGuess[accepted - 1],
		drafts[accepted - 1]
	];
	return [...new Set(all.filter((token) => token !== undefined))].sort((a, b) => a - b);
}

/** Tokens of the answer before a step, without the prompt. */
export const answerBefore = ({ steps }: Session, index: number): number[] =>
	steps.slice(0, index).flatMap(({ emitted }) => [...emitted]);
