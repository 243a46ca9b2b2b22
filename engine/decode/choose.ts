import {
	distribution,
	draw,
	mix,
	random,
	type Distribution,
	type Random
} from '../sampler/index.ts';
import type { Settings } from './settings.ts';

/**
 * How tokens are chosen from logits: greedily, or by drawing at a temperature. Decoders ask for raw
 * logits only where they draw or mix; greedy decoding lives on the predictions alone.
 */
export interface Sampling {
	/** softmax(logits / temperature) within top-p. */
	distribution(logits: Float32Array): Distribution;
	/** The same of beta · ar + (1 - beta) · diffusion. */
	mixed(ar: Float32Array, diffusion: Float32Array): Distribution;
	draw(p: Distribution): number;
	uniform: Random;
}

export function sampling({ temperature, topP, beta, seed }: Settings): Sampling {
	const uniform = random(seed);
	const shape = (logits: Float32Array) => distribution(logits, temperature, topP);
	return {
		uniform,
		distribution: shape,
		mixed: (ar, diffusion) =>
			shape(beta === 1 ? ar : beta === 0 ? diffusion : mix(ar, diffusion, beta)),
		draw: (p) => draw(p, uniform())
	};
}
