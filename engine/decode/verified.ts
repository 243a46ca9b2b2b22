import { chainSpec, layout, prefillSpec } from '../mask/index.ts';
import type { Forward, Pass } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';
import { chooser, type Chooser, type Draft } from './verify.ts';

/** Whoever guesses how a text goes on: a smaller model, a head, or a look into the text itself. */
export interface Drafter {
	/**
	 * Up to `count` drafts behind `text` (the prompt, the answer, and at its end the certain token that the model has
	 * not computed yet); fewer where it has none. Yields its own passes, less their index in the answer.
	 */
	propose(
		text: readonly number[],
		count: number,
		choose: Chooser
	): AsyncGenerator<Omit<Step, 'index'>, readonly Draft[]>;
	/** Sees a pass of the model before its cache changes; `kept` are the slots that will be kept. */
	observe?(pass: Pass, kept: readonly number[]): Promise<void>;
}

/**
 * Draft and verify: the loop that speculative decoding, EAGLE-3 and prompt lookup share.
 *
 * A round begins with one certain token, the model's own choice of the last round, whose key and value are not
 * computed yet. The drafter puts up to gamma tokens behind it. One pass of the model computes all of them, as a causal
 * chain of 1 + gamma slots: each slot predicts what follows it, so the pass judges every draft at once, for
 * the price of one look at the weights. Accepted tokens keep their keys and values; behind the last of them the
 * model's own token (a correction, or a bonus when all passed) is the certain token of the next round. As everywhere
 * in this project it is counted in the pass that computes it: a round yields 1 to gamma + 1 tokens.
 *
 * The output does not depend on the drafter: greedy output equals that of greedy AR decoding, sampled output is
 * distributed as AR sampling (see verify.ts). A bad drafter only costs time. Nothing is drafted that the answer's
 * length or the cache has no room for. The signal is heeded before each pass, the drafter's too.
 */
export async function* verified(
	forward: Forward,
	drafter: Drafter,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { end, capacity } = forward.model;
	const { gamma, maxTokens } = settings;
	const choose = chooser(settings);

	const prefill = layout(prefillSpec(prompt.length, 0));
	let start = forward.length;
	const last = prompt.length - 1;
	let pass = await forward.run({ layout: prefill, tokens: prompt, predict: [last] });
	let { token } = await choose.pick(pass, last);
	let kept = prompt.map((_, slot) => slot);
	await drafter.observe?.(pass, kept);
	forward.keep(kept);
	let index = 0;
	yield {
		index: index++,
		kind: 'prefill',
		layout: prefill.spec,
		tokens: prompt,
		start,
		predictions: pass.predictions,
		verdicts: [],
		emitted: [],
		kept,
		next: { block: 0, drafts: [token], first: 'bonus' },
		times: pass.times
	};

	const text = [...prompt];
	for (let count = 0; ;) {
		if (signal?.aborted) return 'stopped';
		start = forward.length;
		if (start === capacity) return 'cache-full';

		const most = Math.min(gamma, capacity - start - 1, maxTokens - count - 1);
		const drafting = drafter.propose([...text, token], most, choose);
		let proposal = await drafting.next();
		for (; !proposal.done; proposal = await drafting.next()) {
			yield { index: index++, ...proposal.value };
			if (signal?.aborted) return 'stopped';
		}
		const drafts = proposal.value;

		const plan = layout(chainSpec(1 + drafts.length));
		const tokens = [token, ...drafts.map((draft) => draft.token)];
		pass = await forward.run({ layout: plan, tokens });
		const judgement = await choose.judge(pass, drafts);
		const accepted = tokens.slice(0, judgement.accepted);
		const stop = accepted.indexOf(end);
		const emitted = stop < 0 ? accepted : accepted.slice(0, stop + 1);
		count += emitted.length;
		text.push(...emitted);
		const ending: Ending | undefined =
			stop >= 0 ? 'end-token' : count >= maxTokens ? 'max-tokens' : undefined;
		const following = ending ? undefined : await judgement.following();
		kept = emitted.map((_, slot) => slot);
		if (!ending) await drafter.observe?.(pass, kept);
		forward.keep(kept);
		yield {
			index: index++,
			kind: 'decode',
			layout: plan.spec,
			tokens,
			start,
			predictions: pass.predictions,
			verdicts: judgement.verdicts,
			emitted,
			kept,
			next: following && {
				block: emitted.length,
				drafts: [following.token],
				first: following.first
			},
			times: pass.times
		};
		if (ending) return ending;
		token = following!.token;
	}
}
