import { chainSpec, layout } from '../mask/index.ts';
import type { Forward, Pass } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';
import { verified, type Drafter } from './verified.ts';
import type { Draft } from './verify.ts';

/** A Forward that also gives what its layers know of a slot. */
export interface FeatureForward extends Forward {
	/**
	 * The taps of these slots of the last pass: hidden states of a low, a middle and a high layer, one behind the
	 * other. Any slot may be asked for; valid until the next pass.
	 */
	features(slots: readonly number[]): Promise<Float32Array[]>;
}

/** A drafting head: one decoder layer with a cache of its own, and the way from taps to its input. */
export interface Head {
	readonly name: string;
	/** Rows in its cache. */
	readonly length: number;
	/** Rows that its cache can hold at most. */
	readonly capacity: number;
	/**
	 * One causal pass over rows that follow those in its cache and join it. Row i is the feature of a position and the
	 * token behind that position. Taps are fused to one feature by the head; its own features are taken as they are.
	 */
	run(rows: readonly HeadRow[]): Promise<HeadPass>;
	/** Forgets the rows from `length` on. */
	truncate(length: number): void;
}

export interface HeadRow {
	readonly feature:
		| { readonly of: 'target'; readonly taps: Float32Array }
		| { readonly of: 'head'; readonly state: Float32Array };
	readonly token: number;
}

/** What a head says behind its last row: predictions and logits have one slot, the last. */
export interface HeadPass extends Pass {
	/** Its own state there, which stands in for the target's features in the next row. */
	readonly state: Float32Array;
}

/**
 * EAGLE-3 (Li, Wei, Zhang, Zhang, 'EAGLE-3: scaling up inference acceleration of large language models via
 * training-time test', arXiv 2503.01840), with a chain of drafts.
 *
 * A separate draft model must work out again what the text means. EAGLE lets the target tell: the **head**, one
 * decoder layer, gets the target's hidden state at position i (its feature f) together with the token at i + 1, which the
 * feature alone does not determine when tokens are sampled, and predicts the token at i + 2. EAGLE-3 takes three
 * **taps**, a low, a middle and a high layer l, m, h, concatenates them, and lets a fully connected layer fuse them:
 * g = FC([l; m; h]); the early versions used the last layer only and had to learn to predict it.
 *
 * A round: for all tokens that were accepted since the last one, g is known, so the head reads the pairs
 * (g_i, token i+1), the certain token being the last of them, in one pass, which yields draft 1. From there on the
 * target has not been, so the head's own output state a stands in for g: pairs (a, draft) one pass each, until gamma drafts are
 * there. 'Training-time test' in the title means that the head was trained on exactly such chains of its
 * own states, so that errors do not pile up, and why there is no loss on features any more.
 * Then the target verifies all of them in one pass (verified.ts, by Leviathan's rule: exact), and hands over the taps
 * of what it accepted. Rows of rejected drafts, and all rows that rest on the head's own states, are forgotten:
 * the next round computes them with true features.
 *
 * A head pass moves the weights of one layer and of the output vocabulary, which is why it is cheap, and why EAGLE-3
 * trims that vocabulary. The paper drafts a tree of candidates; this decoder drafts a chain, the tree's likeliest path.
 * Head passes are steps with `by: 'draft'`; their `start` counts the head's rows.
 *
 * @param head its cache must be empty; it reads from the prompt on, not from earlier turns of a chat.
 * @throws RangeError where rows are left in the head's cache
 */
export function eagle3(
	forward: FeatureForward,
	prompt: readonly number[],
	settings: Settings,
	signal: AbortSignal | undefined,
	head: Head
): AsyncGenerator<Step, Ending> {
	if (head.length !== 0) {
		throw new RangeError(
			`EAGLE-3: ${head.name} has ${head.length} rows of another answer in its cache; truncate it to 0 first.`
		);
	}
	return verified(forward, headDrafter(forward, head), prompt, settings, signal);
}

function headDrafter(forward: FeatureForward, head: Head): Drafter {
	/** Taps of text positions that the head has not read yet, of positions `read`, `read` + 1, … */
	let taps: Float32Array[] = [];
	/** Rows with true features in the head's cache. */
	let read = 0;
	return {
		async observe(_pass, kept) {
			taps.push(...(await forward.features(kept)));
		},
		async *propose(text, count, choose) {
			head.truncate(read);
			const drafts: Draft[] = [];
			if (count === 0) return drafts;
			let rows: HeadRow[] = taps.map((tap, i) => ({
				feature: { of: 'target', taps: tap },
				token: text[read + i + 1]!
			}));
			while (drafts.length < count && head.length + rows.length <= head.capacity) {
				const start = head.length;
				const pass = await head.run(rows);
				if (drafts.length === 0) {
					read = head.length;
					taps = [];
				}
				const guess = await choose.pick(pass, 0);
				drafts.push(guess);
				yield {
					kind: 'decode',
					by: 'draft',
					layout: layout(chainSpec(rows.length)).spec,
					tokens: rows.map(({ token }) => token),
					start,
					predictions: rows.map((_, i) => (i === rows.length - 1 ? pass.predictions[0]! : null)),
					verdicts: [],
					emitted: [],
					kept: rows.map((_, slot) => slot),
					next: { block: rows.length, drafts: [guess.token], first: 'bonus' },
					times: pass.times
				};
				rows = [{ feature: { of: 'head', state: pass.state }, token: guess.token }];
			}
			return drafts;
		}
	};
}
