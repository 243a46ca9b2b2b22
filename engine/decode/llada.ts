import { reader, share, surest } from './canvas.ts';
import { diffusion } from './diffusion.ts';
import type { Forward } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

/**
 * LLaDA (Nie et al., 'Large language diffusion models', arXiv 2502.09992): text by unmasking, not from left to right.
 *
 * The model is a mask predictor: given text in which some tokens are masked, it predicts all masked ones at once, seeing
 * what stands before and behind. In training each token is masked with probability t, t drawn from U(0, 1), and the
 * cross-entropy on the masked tokens is weighted 1/t (their equation 3), which makes it a bound on the negative
 * log-likelihood (equation 4). Generating runs that backwards: from t = 1, a canvas of masks only, to t = 0.
 *
 * A step from t to s < t predicts every mask and should leave each masked with probability s/t. Which ones is free;
 * the paper's **low-confidence remasking** keeps the predictions with the highest probability and masks the rest again
 * (algorithm 5). Here a step is one pass: of the m masks left, with r passes left, ceil(m / r) are filled, the linear
 * schedule in whole numbers, so `perPass` tokens a pass, and ceil(length / perPass) passes. Tokens once
 * filled stay: their confidence counts as 1. In the step's record `remasked` are the predictions that were put back.
 *
 * The number of tokens a pass is the dial between speed and quality: tokens filled in the same pass were predicted without
 * knowing each other, as if independent; pairs that must agree may not. One token a pass has no such error, and is
 * slower than AR: as many passes, each over the whole canvas, without a cache.
 *
 * **Semi-autoregressive blocks**: the canvas is filled in blocks of `block` tokens from left to right, low-confidence
 * remasking within each. It keeps the end of the answer, which is easily predicted (padding), from being
 * filled first. block ≥ maxTokens is plain LLaDA.
 *
 * The canvas has a fixed length, maxTokens: the answer's length is decided before it starts; what follows the end token is
 * dropped. With a temperature, tokens are drawn from softmax(logits / temperature), which LLaDA's code does by adding
 * Gumbel noise; confidence is the token's probability at temperature 1. How the prompt is seen is the model's matter
 * (ModelInfo.canvas); TiDAR's own weights are a stand-in: trained on blocks of masks only, up to 16 of them.
 */
export function llada(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { block, perPass } = settings;
	return diffusion(forward, prompt, settings, signal, reader(settings, false), {
		parts: (length) =>
			Array.from({ length: Math.ceil(length / block) }, (_, i) =>
				Math.min(block, length - i * block)
			),
		passes: (part) => Math.ceil(part / perPass),
		measure: 'probability',
		choose: (candidates, left) => surest(candidates, share(candidates.length, left))
	});
}
