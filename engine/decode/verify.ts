import { accepts, residual, type Distribution } from '../sampler/index.ts';
import { sampling, type Sampling } from './choose.ts';
import type { Pass, Prediction } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Verdict } from './step.ts';

/** A token that somebody proposes for the position behind the last one. */
export interface Draft {
	readonly token: number;
	/** Its probability under whoever drafted it. */
	readonly probability?: number;
	/** When sampling: the distribution that it was drawn from. */
	readonly drawnFrom?: Distribution;
}

/** What came of a chain of drafts. */
export interface Judgement {
	readonly verdicts: readonly Verdict[];
	/** How many were accepted, the certain first one included. */
	readonly accepted: number;
	/** The model's own token behind the last accepted one, certain in the next pass. */
	following(): Promise<{ token: number; first: 'correction' | 'bonus' }>;
}

/** How tokens are drafted and judged, greedily or by draws: one for an answer, since it holds the dice. */
export interface Chooser {
	/** The token of a slot, as greedy choice or draw, with what its test will need to know. */
	pick(pass: Pick<Pass, 'predictions' | 'logits'>, slot: number): Promise<Draft>;
	/** Judges slots 0 .. drafts.length of a pass over a chain: a certain token and the drafts behind it. */
	judge(pass: Pass, drafts: readonly Draft[]): Promise<Judgement>;
}

export const chooser = (settings: Settings): Chooser =>
	settings.temperature === 0 ? greedy : stochastic(sampling(settings));

const CERTAIN: Verdict = { draft: 1, accepted: true, rule: 'certain' };

/** A draft is right when it is the likeliest token: the output is that of greedy AR decoding. */
const greedy: Chooser = {
	async pick(pass, slot) {
		const { tokens, probabilities } = pass.predictions[slot]!;
		return { token: tokens[0]!, probability: probabilities[0] };
	},
	async judge(pass, drafts) {
		const verdicts = [CERTAIN];
		const said = (slot: number): Prediction => pass.predictions[slot]!;
		let accepted = 1;
		for (const { token, probability } of drafts) {
			const { tokens, probabilities } = said(accepted - 1);
			const right = tokens[0] === token;
			const p = probabilities[tokens.indexOf(token)];
			verdicts.push({ draft: accepted + 1, accepted: right, rule: 'greedy', p, q: probability });
			if (!right) break;
			accepted++;
		}
		const first = accepted > drafts.length ? 'bonus' : 'correction';
		const following = async () => ({ token: said(accepted - 1).tokens[0]!, first }) as const;
		return { verdicts, accepted, following };
	}
};

/** The test of one draft, drawn from q, against p, with a number drawn for it. */
export function ratioTest(
	sample: Sampling,
	draft: number,
	token: number,
	p: Distribution,
	q: Distribution
): Verdict {
	const draw = sample.uniform();
	const accepted = accepts(p, q, token, draw);
	return { draft, accepted, rule: 'ratio', p: p[token], q: q[token], draw };
}

/**
 * Leviathan et al. 2023, algorithm 1: x drawn from q passes with probability min(1, p(x)/q(x)); at the first
 * rejection the token is drawn from max(0, p - q) normalised, and from p when all pass. Their appendix A.1 shows
 * that each token is then distributed as p, whatever q is.
 */
function stochastic(sample: Sampling): Chooser {
	const at = async (pass: Pick<Pass, 'logits'>, slot: number) => {
		const [logits] = await pass.logits([slot]);
		return sample.distribution(logits!);
	};
	return {
		async pick(pass, slot) {
			const drawnFrom = await at(pass, slot);
			const token = sample.draw(drawnFrom);
			return { token, probability: drawnFrom[token], drawnFrom };
		},
		async judge(pass, drafts) {
			const verdicts = [CERTAIN];
			for (const [slot, { token, drawnFrom }] of drafts.entries()) {
				const p = await at(pass, slot);
				const q = drawnFrom!;
				const verdict = ratioTest(sample, slot + 2, token, p, q);
				verdicts.push(verdict);
				if (verdict.accepted) continue;
				const following = async () =>
					({ token: sample.draw(residual(p, q)), first: 'correction' }) as const;
				return { verdicts, accepted: slot + 1, following };
			}
			const following = async () =>
				({ token: sample.draw(await at(pass, drafts.length)), first: 'bonus' }) as const;
			return { verdicts, accepted: drafts.length + 1, following };
		}
	};
}
