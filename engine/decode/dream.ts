import { reader, share, surest, type Measure } from './canvas.ts';
import { diffusion } from './diffusion.ts';
import type { Forward } from './forward.ts';
import type { Order, Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

const measures: Record<Order, Measure> = {
	entropy: 'entropy',
	maskgit_plus: 'probability',
	topk_margin: 'margin',
	origin: 'none'
};

/**
 * Dream (Ye et al., 'Dream 7B: diffusion large language models', arXiv 2508.15487): masked diffusion that starts from the
 * weights of an AR model.
 *
 * Like LLaDA it fills a canvas of masks over several passes, seeing in both directions. Two things differ. It is trained
 * on from an AR model's weights, and keeps their **shift**: the hidden state at position i predicts the token at
 * i + 1, as it always did, so a mask is read one slot before its own place, the first one at the prompt's last token. And its
 * loss weighs each masked token by how much context it has nearby (context-adaptive noise).
 *
 * The order in which masks are filled is chosen by name, as in the authors' code:
 * - **origin**: at random, as the diffusion process says (Austin et al. 2021): going from time t to s, each mask is filled
 *   with probability 1 - s/t, independently. With r passes left on a linear schedule that is 1/r; in the last pass it is 1.
 * - **maskgit_plus**: those whose chosen token is most probable (Chang et al. 2022), which is LLaDA's low-confidence
 *   remasking.
 * - **topk_margin**: those with the largest gap between the two likeliest tokens (Kim et al. 2025): a probability of 0.5 is
 *   worth more when the second is 0.1 than when it is 0.49.
 * - **entropy**: those with the smallest entropy -Σ p·log p of the whole distribution.
 *
 * All but origin fill ceil(m / r) of the m masks left in each of the r passes left: `perPass` a pass and
 * ceil(maxTokens / perPass) passes. (The authors' code rounds down and fills what is left in the last pass.) Origin takes as
 * many passes and fills a random number in each. Tokens are argmax, or drawn at the temperature within
 * top-p, and confidence is measured on that shaped distribution; the authors' extra noise on the order (alg_temp) is left
 * out. Ties go from left to right. Filled tokens stay.
 *
 * The shift comes with the model (ModelInfo.canvas = 'dream'). TiDAR's own weights as a stand-in have none: their masks
 * predict their own place, and the orders are what there is to see.
 */
export function dream(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { order, perPass } = settings;
	const read = reader(settings, true);
	return diffusion(forward, prompt, settings, signal, read, {
		parts: (length) => [length],
		passes: (part) => Math.ceil(part / perPass),
		measure: measures[order],
		choose: (candidates, left) =>
			order === 'origin'
				? candidates.filter(() => read.uniform() * left < 1)
				: surest(candidates, share(candidates.length, left))
	});
}
