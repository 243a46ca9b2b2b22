import { arSpec, layout, prefillSpec } from '../mask/index.ts';
import { sampling } from './choose.ts';
import type { Forward, Pass } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

/**
 * Autoregressive decoding: one token a pass. A pass computes the last token, whose key and value join
 * the cache, and predicts the next one, which is the slot of the next pass. So every pass moves all
 * weights through the chip to compute a single slot; that is the wait this project is about.
 *
 * The prompt (tokens on top of what the cache holds) is encoded in one pass; each later pass yields one
 * token. Greedy at temperature 0, else drawn from softmax(logits / temperature) within top-p.
 */
export async function* ar(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const sample = sampling(settings);
	const choose = async (pass: Pass, slot: number) => {
		if (settings.temperature === 0) return pass.predictions[slot]!.tokens[0]!;
		const [logits] = await pass.logits([slot]);
		return sample.draw(sample.distribution(logits!));
	};

	const prefill = layout(prefillSpec(prompt.length, 0));
	const last = prompt.length - 1;
	let start = forward.length;
	let pass = await forward.run({ layout: prefill, tokens: prompt, predict: [last] });
	let token = await choose(pass, last);
	const kept = prompt.map((_, slot) => slot);
	forward.keep(kept);
	yield {
		index: 0,
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

	const single = layout(arSpec);
	for (let index = 1; ; index++) {
		if (signal?.aborted) return 'stopped';
		start = forward.length;
		if (start === forward.model.capacity) return 'cache-full';
		pass = await forward.run({ layout: single, tokens: [token] });
		forward.keep([0]);
		const ending = endingOf(token, index);
		const following = ending ? undefined : await choose(pass, 0);
		yield {
			index,
			kind: 'decode',
			layout: single.spec,
			tokens: [token],
			start,
			predictions: pass.predictions,
			verdicts: [{ draft: 1, accepted: true, rule: 'certain' }],
			emitted: [token],
			kept: [0],
			next: following === undefined ? undefined : { block: 1, drafts: [following], first: 'bonus' },
			times: pass.times
		};
		if (following === undefined) return ending!;
		token = following;
	}

	function endingOf(emitted: number, count: number): Ending | undefined {
		if (emitted === forward.model.end) return 'end-token';
		if (count >= settings.maxTokens) return 'max-tokens';
	}
}
