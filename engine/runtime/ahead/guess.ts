import type { LayoutSpec } from '../../mask/index.ts';
import type { Top } from '../top.ts';
import type { Commit, Followed } from './course.ts';

/** What a chain of drafts with a block of masks behind each looks like: TiDAR's step, or AR's with one draft and none. */
export interface Chain {
	/** Drafts. */
	readonly drafts: number;
	/** Masks behind each draft: none, or as many as there are drafts. */
	readonly masks: number;
}

/** What follows a pass if its decoder is greedy and trusts the AR half. */
export interface Guess {
	/** Slots 0..kept-1 of the pass join the cache. */
	readonly kept: number;
	/** The next drafts. */
	readonly drafts: readonly number[];
}

/** The chain that a pass computes; undefined where it computes something else, or less than all of it. */
export function chainOf({ prompt, parents, blocks }: LayoutSpec): Chain | undefined {
	const drafts = parents.length;
	const masks = blocks[1] ?? 0;
	const whole =
		prompt === 0 &&
		drafts > 0 &&
		parents.every((parent, i) => parent === i) &&
		!blocks[0] &&
		parents.every((_, i) => (blocks[i + 1] ?? 0) === masks) &&
		(masks === drafts || (masks === 0 && drafts === 1));
	return whole ? { drafts, masks } : undefined;
}

/** How many of the first slots of a pass follow each other in the text: its prompt, or a chain of drafts. */
export function chainLength({ prompt, parents }: LayoutSpec): number {
	if (prompt > 0) return prompt;
	const end = parents.findIndex((parent, i) => parent !== i);
	return end < 0 ? parents.length : end;
}

/**
 * The rule of `tidar` and `ar` at temperature 0 under trust AR, which the device applies by itself
 * (kernels.ts): drafts count while they are what the AR half predicts before them; behind the last of them
 * its own token comes first, then what its block says.
 * @param top of every slot
 */
export function guessNext(
	{ drafts, masks }: Chain,
	{ tokens }: Followed,
	top: readonly Top[]
): Guess {
	const said = (slot: number) => top[slot]!.tokens[0]!;
	let kept = 1;
	while (kept < drafts && said(kept - 1) === tokens[kept]) kept++;
	const block = drafts + (kept - 1) * masks;
	return {
		kept,
		drafts: Array.from({ length: drafts }, (_, i) => said(i === 0 ? kept - 1 : block + i))
	};
}

/** Whether a pass, and what was kept of the one before, is what was guessed. */
export function isGuess(
	before: Followed,
	{ kept, drafts }: Guess,
	now: Followed,
	commit: Commit | undefined
): boolean {
	return (
		commit !== undefined &&
		commit.at === before.start &&
		commit.slots.length === kept &&
		commit.slots.every((slot, i) => slot === i) &&
		now.start === before.start + kept &&
		drafts.every((draft, i) => draft === now.tokens[i]) &&
		JSON.stringify(now.spec) === JSON.stringify(before.spec)
	);
}
