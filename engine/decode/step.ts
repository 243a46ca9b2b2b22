import type { LayoutSpec } from '../mask/index.ts';
import type { Prediction, StepTimes } from './forward.ts';

/**
 * One forward pass of a decoder, as every view draws it. Plain data: a live run and a recorded one
 * are the same to whoever reads it.
 */
export interface Step {
	/** 0 is the prefill. */
	readonly index: number;
	readonly kind: 'prefill' | 'decode';
	readonly layout: LayoutSpec;
	/** The token in each slot, in the order of the layout. */
	readonly tokens: readonly number[];
	/** Who computed the pass: the model itself where absent, else the model or head that drafts for it. */
	readonly by?: 'draft';
	/** Cache length before, of whoever computed the pass; the position of a slot is this plus its offset. */
	readonly start: number;
	/** One a slot; null where none was asked for. */
	readonly predictions: readonly (Prediction | null)[];
	/**
	 * What the AR half said of each draft, in order, up to the first rejection. In a tree: of the nodes on the accepted
	 * path, then of the likeliest of those that might have followed.
	 */
	readonly verdicts: readonly Verdict[];
	/** What became of the masks of a diffusion canvas; absent where a pass has none. */
	readonly canvas?: CanvasChange;
	/**
	 * Tokens that this step adds to the answer: the accepted drafts, or the canvas tokens that are now final and
	 * have no mask before them; up to an end token.
	 */
	readonly emitted: readonly number[];
	/** Slots whose keys and values were kept, in order. */
	readonly kept: readonly number[];
	/** What the step hands to the next one; absent where the answer ends here. */
	readonly next?: Handover;
	readonly times: StepTimes;
}

/**
 * What a pass did to a canvas. `tokens` of the step is the canvas before it, masks included; each slot here is a
 * slot of the step's layout.
 */
export interface CanvasChange {
	/** Masks that became tokens, in slot order; `confidence` is what they were chosen by. */
	readonly unmasked: readonly {
		readonly slot: number;
		readonly token: number;
		readonly confidence: number;
	}[];
	/** Masks that could have been filled and were put back: they are predicted again in the next pass. */
	readonly remasked: readonly number[];
}

/** The test of one draft. */
export interface Verdict {
	/** Draft number, from 1. */
	readonly draft: number;
	readonly accepted: boolean;
	/**
	 * certain: draft 1 under trust AR, chosen by the AR half itself one pass ago; unchecked: draft 1
	 * under trust diffusion; greedy: compared with the AR half's likeliest token; ratio: accepted with
	 * probability min(1, p/q) (Leviathan et al. 2023); drawn: compared with a token drawn from the AR half's
	 * distribution (tidar-tree, whose drafts are chosen and not drawn).
	 */
	readonly rule: 'certain' | 'unchecked' | 'greedy' | 'ratio' | 'drawn';
	/** Probability of the draft under the AR half (p) and under the diffusion half that drew it (q). */
	readonly p?: number;
	readonly q?: number;
	/** The uniform number drawn for the ratio test. */
	readonly draw?: number;
}

/** The drafts of the next step, and where its first one came from. */
export interface Handover {
	/** The block whose predictions become the drafts: the number of the last accepted draft. */
	readonly block: number;
	readonly drafts: readonly number[];
	/** Where the drafts form a tree: the parent of each, as in a LayoutSpec. A chain where absent. */
	readonly parents?: readonly number[];
	/**
	 * correction: the AR half's token in place of a rejected draft; bonus: the AR half's next token when
	 * every draft passed; diffusion: the diffusion half's own choice (trust diffusion, beta = 0); mixed:
	 * from both halves' logits (0 < beta < 1).
	 */
	readonly first: 'correction' | 'bonus' | 'diffusion' | 'mixed';
	/** What the other half would have put there. */
	readonly instead?: number;
}

/** Why an answer ended. */
export type Ending = 'end-token' | 'max-tokens' | 'cache-full' | 'stopped';

/** Tokens per forward pass of the model, prefill and passes of a drafter left out; NaN before the first step. */
export function tokensPerPass(steps: readonly Step[]): number {
	const decoded = steps.filter(({ kind, by }) => kind === 'decode' && by !== 'draft');
	return decoded.reduce((sum, { emitted }) => sum + emitted.length, 0) / decoded.length;
}
