import {
	layout,
	prefillSpec,
	slotOfDraft,
	slotsOfBlock,
	tidarSpec,
	type Layout
} from '../mask/index.ts';
import { argmax, mix, residual, type Distribution } from '../sampler/index.ts';
import { sampling, type Sampling } from './choose.ts';
import type { Forward, Pass } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Handover, Step, Verdict } from './step.ts';
import { ratioTest } from './verify.ts';

/**
 * TiDAR (Liu et al., arXiv 2511.08923): think in diffusion, talk in autoregression.
 *
 * One pass does two jobs. The **drafts** 1..k are checked by the AR half: draft i is right when it is
 * what the model predicts after draft i-1. At the same time the **diffusion half** fills k blocks of k
 * masks, one block for each number of drafts that may turn out right, so that whatever the verdict, the
 * next drafts are already there: with j accepted, block j's predictions. They start at the position
 * behind draft j, which the AR half predicted as well: its token is the correction (j < k) or the bonus
 * (j = k), and under trust AR (beta = 1) it becomes draft 1 of the next pass. Draft 1 is thus certain,
 * every pass yields 1 to k tokens, and greedy output equals that of plain AR decoding.
 *
 * Greedy (temperature 0): draft i ≥ 2 is accepted while it equals the AR half's likeliest token. The
 * first of the next drafts is argmax(beta · AR + (1 - beta) · diffusion); with beta < 1 it is not checked
 * by anybody, which is what 'trust diffusion' gives up.
 *
 * Sampling: drafts i ≥ 2 are drawn from the diffusion half's q, and accepted with probability
 * min(1, p/q), p being the AR half's distribution; at the first rejection the token is drawn from
 * max(0, p - q), and if all pass, the bonus from p (Leviathan et al. 2023, algorithm 1). With beta = 1 the
 * output is distributed exactly as AR sampling. With beta < 1, p is the mixed distribution: draft i's
 * position is also the first mask of block i-1.
 *
 * Keys and values of accepted drafts stay in the cache, the rest is dropped: nothing is computed twice.
 * The prefill encodes the prompt with one block of masks behind it, whose predictions are the first
 * drafts. Near the last position of the cache, drafts and blocks that would pass it are cut.
 */
export async function* tidar(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { k, maxTokens } = settings;
	const { mask, end, capacity } = forward.model;
	const judge = settings.temperature === 0 ? greedy(settings) : stochastic(settings);

	let start = forward.length;
	const prefill = layout(prefillSpec(prompt.length, k, capacity - start));
	const masks = slotsOfBlock(prefill, 0);
	const kept = prompt.map((_, slot) => slot);
	let tokens = [...prompt, ...masks.map(() => mask)];
	let pass = await forward.run({ layout: prefill, tokens, predict: [prompt.length - 1, ...masks] });
	let next: Proposal | undefined = await judge.propose(pass, prefill, 0, 'bonus');
	forward.keep(kept);
	yield {
		index: 0,
		kind: 'prefill',
		layout: prefill.spec,
		tokens,
		start,
		predictions: pass.predictions,
		verdicts: [],
		emitted: [],
		kept,
		next: next.handover,
		times: pass.times
	};

	let count = 0;
	for (let index = 1; ; index++) {
		if (signal?.aborted) return 'stopped';
		start = forward.length;
		if (start === capacity) return 'cache-full';

		const plan = layout(tidarSpec(k, next.handover.drafts.length, capacity - start));
		const drafts: readonly number[] = next.handover.drafts.slice(0, plan.spec.parents.length);
		tokens = [...drafts, ...Array<number>(plan.slots.length - drafts.length).fill(mask)];
		pass = await forward.run({ layout: plan, tokens });

		const { verdicts, rejected } = await judge.verify(pass, plan, drafts, next);
		const accepted: readonly number[] = drafts.slice(
			0,
			verdicts.filter((verdict) => verdict.accepted).length
		);
		const emitted = accepted.slice(0, Math.min(upTo(end, accepted), maxTokens - count));
		count += emitted.length;
		const ending: Ending | undefined =
			emitted.at(-1) === end ? 'end-token' : count >= maxTokens ? 'max-tokens' : undefined;

		next = ending
			? undefined
			: await judge.propose(
					pass,
					plan,
					accepted.length,
					rejected ? 'correction' : 'bonus',
					rejected
				);
		const slots = emitted.map((_, slot) => slot);
		forward.keep(slots);
		yield {
			index,
			kind: 'decode',
			layout: plan.spec,
			tokens,
			start,
			predictions: pass.predictions,
			verdicts,
			emitted,
			kept: slots,
			next: next?.handover,
			times: pass.times
		};
		if (ending) return ending;
		next = next!;
	}
}

/** The next drafts, and what their test will need to know. */
interface Proposal {
	readonly handover: Handover;
	/** Probability of each draft under the diffusion half; draft 1's is not used. */
	readonly probabilities: readonly (number | undefined)[];
	/** When sampling: the distribution that each draft was drawn from. */
	readonly drawnFrom?: readonly Distribution[];
}

/** The distributions that met at a rejected draft. */
interface Rejection {
	readonly p?: Distribution;
	readonly q?: Distribution;
}

/** The two ways to accept drafts and to choose the next ones. */
interface Judge {
	verify(
		pass: Pass,
		plan: Layout,
		drafts: readonly number[],
		proposal: Proposal
	): Promise<{ verdicts: Verdict[]; rejected?: Rejection }>;
	/** The drafts after draft `accepted` (0: after the prompt): from its block and the AR half behind it. */
	propose(
		pass: Pass,
		plan: Layout,
		accepted: number,
		why: 'correction' | 'bonus',
		rejected?: Rejection
	): Promise<Proposal>;
}

function greedy({ beta }: Settings): Judge {
	return {
		async verify(pass, _plan, drafts, proposal) {
			const verdicts: Verdict[] = [first(proposal)];
			for (let i = 2; i <= drafts.length; i++) {
				const said = pass.predictions[i - 2]!;
				const draft = drafts[i - 1]!;
				const accepted = said.tokens[0] === draft;
				const p = said.probabilities[said.tokens.indexOf(draft)];
				verdicts.push({ draft: i, accepted, rule: 'greedy', p, q: proposal.probabilities[i - 1] });
				if (!accepted) return { verdicts, rejected: {} };
			}
			return { verdicts };
		},
		async propose(pass, plan, accepted, why) {
			const slot = slotOfDraft(plan, accepted);
			const masks = slotsOfBlock(plan, accepted);
			const guesses = masks.map((mask) => pass.predictions[mask]!);
			const drafts = guesses.map(({ tokens }) => tokens[0]!);
			const ar = pass.predictions[slot]!.tokens[0]!;
			const diffusion = drafts[0];
			drafts[0] = ar;
			if (diffusion !== undefined && beta === 0) drafts[0] = diffusion;
			if (diffusion !== undefined && beta > 0 && beta < 1) {
				const [logits, others] = await pass.logits([slot, masks[0]!]);
				drafts[0] = argmax(mix(logits!, others!, beta));
			}
			return {
				handover: handover(
					accepted,
					drafts,
					diffusion === undefined ? 1 : beta,
					why,
					ar,
					diffusion
				),
				probabilities: guesses.map(({ probabilities }) => probabilities[0])
			};
		}
	};
}

function stochastic(settings: Settings): Judge {
	const { beta } = settings;
	const sample: Sampling = sampling(settings);
	/** The target distribution behind draft j: AR's, or mixed with what block j says of that position. */
	const target = async (pass: Pass, plan: Layout, j: number) => {
		const [ar, diffusion] = await pass.logits(
			[slotOfDraft(plan, j), slotsOfBlock(plan, j)[0]].filter((slot) => slot !== undefined)
		);
		return sample.mixed(ar!, diffusion ?? ar!);
	};
	return {
		async verify(pass, plan, drafts, proposal) {
			const verdicts: Verdict[] = [first(proposal)];
			for (let i = 2; i <= drafts.length; i++) {
				const p = await target(pass, plan, i - 1);
				const q = proposal.drawnFrom![i - 1]!;
				const verdict = ratioTest(sample, i, drafts[i - 1]!, p, q);
				verdicts.push(verdict);
				if (!verdict.accepted) return { verdicts, rejected: { p, q } };
			}
			return { verdicts };
		},
		async propose(pass, plan, accepted, why, rejected) {
			const masks = slotsOfBlock(plan, accepted);
			const p = rejected?.p
				? residual(rejected.p, rejected.q!)
				: await target(pass, plan, accepted);
			const token = sample.draw(p);
			const drawnFrom = (await pass.logits(masks)).map((logits) => sample.distribution(logits));
			const drafts = [token, ...drawnFrom.slice(1).map((q) => sample.draw(q))];
			return {
				handover: handover(accepted, drafts, masks.length === 0 ? 1 : beta, why, token),
				probabilities: drafts.map((draft, i) => drawnFrom[i]?.[draft]),
				drawnFrom
			};
		}
	};
}

/** Draft 1 was settled when it was proposed. */
function first({ handover, probabilities }: Proposal): Verdict {
	const checked = handover.first === 'correction' || handover.first === 'bonus';
	return { draft: 1, accepted: true, rule: checked ? 'certain' : 'unchecked', q: probabilities[0] };
}

function handover(
	block: number,
	drafts: number[],
	beta: number,
	why: 'correction' | 'bonus',
	ar: number,
	diffusion?: number
): Handover {
	const kind = beta === 1 ? why : beta === 0 ? 'diffusion' : 'mixed';
	const other = kind === 'diffusion' ? ar : diffusion;
	return { block, drafts, first: kind, instead: other === drafts[0] ? undefined : other };
}

/** How many tokens there are up to and with the end token. */
function upTo(end: number, tokens: readonly number[]): number {
	const at = tokens.indexOf(end);
	return at < 0 ? tokens.length : at + 1;
}
