import { chainSpec, layout } from '../mask/index.ts';
import type { Forward } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';
import { verified, type Drafter } from './verified.ts';
import type { Draft } from './verify.ts';

/**
 * Speculative decoding (Leviathan, Kalman, Matias, 'Fast inference from transformers via speculative decoding', ICML
 * 2023, arXiv 2211.17192).
 *
 * A pass of a large model takes about as long for a handful of tokens as for one, because it waits for the weights and
 * not for the arithmetic. Alone, it cannot use that: token i + 1 needs token i. So a small model with the same
 * vocabulary, the **draft model** q, writes gamma tokens first, one small pass each, and the large one, the
 * **target** p, checks all of them in a single pass (verified.ts has the loop, verify.ts the rule).
 *
 * The rule (their algorithm 1) accepts x, drawn from q, with probability min(1, p(x)/q(x)), and replaces the first
 * rejected token by one drawn from p' = norm(max(0, p - q)). Taken together: x comes out with probability
 * q(x)·min(1, p/q) + P(rejected)·p'(x) = min(p, q) + (p - min(p, q)) = p(x). The target's distribution, exactly.
 * At temperature 0 both are one-hot, and the rule reads: accept while the draft is the target's argmax.
 *
 * How much it gains: let alpha be the chance that a draft passes, E[sum of min(p, q)] (their corollary 3.6). If
 * drafts pass independently, a round yields (1 - alpha^(gamma+1)) / (1 - alpha) tokens (equation 1), and costs gamma
 * passes of relative cost c and one of the target, so the speed-up is that over gamma·c + 1 (theorem 3.8). Hence the two
 * dials: a larger gamma helps while alpha is high and c small, and past that it only burns draft passes. TiDAR's
 * point is that its drafts need no passes of their own (c = 0) and no second model.
 *
 * Every pass is a step: those of the draft model have `by: 'draft'` and the positions of its own cache, and are not
 * counted in tokens per pass, as in the literature; their time is real and is recorded. The draft model reads what
 * it has not seen (the correction, and after a full acceptance its own last draft as well) in its next first pass.
 *
 * @param draft must share the vocabulary, and its cache must hold the same positions as the target's: an earlier turn
 *   of a chat has to be in both.
 * @throws RangeError where they do not fit together
 */
export function speculative(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal: AbortSignal | undefined,
	draft: Forward
): AsyncGenerator<Step, Ending> {
	if (draft.model.vocabulary !== forward.model.vocabulary) {
		throw new RangeError(
			`Speculative decoding: ${draft.model.name} has ${draft.model.vocabulary} tokens in its vocabulary, ${forward.model.name} ${forward.model.vocabulary}; take a draft model with the same tokenizer.`
		);
	}
	if (draft.length !== forward.length) {
		throw new RangeError(
			`Speculative decoding: the draft model has ${draft.length} positions in its cache, the target ${forward.length}; encode the chat so far with both.`
		);
	}
	return verified(forward, modelDrafter(draft), prompt, settings, signal);
}

/** A model that drafts one token a pass on a cache of its own. */
export function modelDrafter(draft: Forward): Drafter {
	const base = draft.length;
	/** Tokens of the text, and drafts, that its cache holds behind `base`. */
	const cached: number[] = [];
	return {
		async *propose(text, count, choose) {
			let shared = 0;
			while (shared < text.length - 1 && cached[shared] === text[shared]) shared++;
			cached.length = shared;
			draft.truncate(base + shared);

			const drafts: Draft[] = [];
			let unseen = text.slice(shared);
			while (drafts.length < count && draft.length + unseen.length <= draft.model.capacity) {
				const start = draft.length;
				const plan = layout(chainSpec(unseen.length));
				const last = unseen.length - 1;
				const pass = await draft.run({ layout: plan, tokens: unseen, predict: [last] });
				const guess = await choose.pick(pass, last);
				const kept = unseen.map((_, slot) => slot);
				draft.keep(kept);
				cached.push(...unseen);
				drafts.push(guess);
				yield {
					kind: 'decode',
					by: 'draft',
					layout: plan.spec,
					tokens: unseen,
					start,
					predictions: pass.predictions,
					verdicts: [],
					emitted: [],
					kept,
					next: { block: unseen.length, drafts: [guess.token], first: 'bonus' },
					times: pass.times
				};
				unseen = [guess.token];
			}
			return drafts;
		}
	};
}
