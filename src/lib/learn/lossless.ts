import { accepts, draw, random, residual, type Distribution } from '$engine/sampler/index.ts';
import type { Duel } from '$lib/decode/candidates.ts';

/** Two halves' distributions over the tokens that either of them lists. */
export interface Rivals {
	readonly tokens: readonly number[];
	/** The AR half's. */
	readonly p: Distribution;
	/** The diffusion half's. */
	readonly q: Distribution;
}

/** check: Leviathan's rule; trust: the diffusion half's draw is taken as it is; mixed: p and q in equal parts. */
export const rules = ['check', 'mixed', 'trust'] as const;
export type Rule = (typeof rules)[number];

/** Less likely tokens are left out of a list. */
const LEAST = 0.01;

/**
 * The rivals of a duel: its listed tokens, likeliest for the AR half first, each half made to sum to 1 over them.
 * Undefined where a half was not read.
 */
export function rivalsOf({ ar, diffusion }: Duel): Rivals | undefined {
	if (!ar || !diffusion) return undefined;
	const likely = (half: typeof ar) => half.tokens.filter((_, i) => half.probabilities[i]! >= LEAST);
	const tokens = [...new Set([...likely(ar), ...likely(diffusion)])];
	const share = (half: typeof ar) => {
		const values = tokens.map((token) => half.probabilities[half.tokens.indexOf(token)] ?? 0);
		const sum = values.reduce((a, b) => a + b, 0);
		return Float64Array.from(values, (value) => value / sum);
	};
	return { tokens, p: share(ar), q: share(diffusion) };
}

export interface Outcome {
	/** How often each token came out. */
	readonly counts: readonly number[];
	/** Drafts that were accepted. */
	readonly accepted: number;
	/** Half the sum of |share - p|: 0 where the output is the AR half's own, 1 where they share nothing. */
	readonly distance: number;
}

/** Draws n tokens by a rule, the same for everybody. */
export function experiment({ p, q }: Rivals, rule: Rule, n: number, seed = 1): Outcome {
	const uniform = random(seed);
	const rest = residual(p, q);
	const mixed = p.map((value, i) => (value + q[i]!) / 2);
	const counts = Array.from(p, () => 0);
	let accepted = 0;
	for (let i = 0; i < n; i++) {
		let token = draw(rule === 'mixed' ? mixed : q, uniform());
		const passes = rule !== 'check' || accepts(p, q, token, uniform());
		if (passes) accepted++;
		else token = draw(rest, uniform());
		counts[token]!++;
	}
	const distance =
		n === 0
			? 0
			: Array.from(p).reduce((sum, share, i) => sum + Math.abs(counts[i]! / n - share), 0) / 2;
	return { counts, accepted, distance };
}

/** The probability that a draft is accepted: the overlap of the two, sum of min(p, q). */
export const overlap = ({ p, q }: Rivals): number =>
	Array.from(p).reduce((sum, share, i) => sum + Math.min(share, q[i]!), 0);

/**
 * How much there is to see at a place, from 0: much where both halves are undecided and overlap by about a half.
 */
export function contest(rivals: Rivals): number {
	const common = overlap(rivals);
	const undecided = 1 - Math.max(...rivals.p);
	return common * (1 - common) * undecided;
}
