import type { Attention, LayerKind, Mlp, Model } from './model.ts';

/** Weights of the attention matrices of one layer. */
export function attentionWeights(hidden: number, a: Attention): number {
	if (a.kind === 'gqa') {
		const q = a.heads * a.headDim;
		const kv = 2 * a.kvHeads * a.headDim;
		return hidden * (q + kv) + q * hidden;
	}
	const asked = a.heads * (a.nope + a.rope);
	const queries = a.queryRank ? a.queryRank * (hidden + asked) : hidden * asked;
	const latents = hidden * (a.latent + a.rope) + a.latent * a.heads * (a.nope + a.value);
	return queries + latents + a.heads * a.value * hidden;
}

/** Weights of one layer's MLP, all experts and the router included. */
export function mlpWeights(hidden: number, m: Mlp): number {
	if (m.kind === 'dense') return 3 * hidden * m.width;
	return 3 * hidden * (m.experts * m.width + (m.sharedWidth ?? 0)) + hidden * m.experts;
}

/** Weights of one layer's MLP that a single token uses. */
export function activeMlpWeights(hidden: number, m: Mlp): number {
	if (m.kind === 'dense') return 3 * hidden * m.width;
	return 3 * hidden * (m.active * m.width + (m.sharedWidth ?? 0)) + hidden * m.experts;
}

function vectors(hidden: number, { attention: a }: LayerKind): number {
	const norms = 2 * hidden;
	if (a.kind === 'mla') return norms + a.queryRank + a.latent;
	const bias = a.bias ? (a.heads + 2 * a.kvHeads) * a.headDim : 0;
	return norms + bias + (a.qkNorm ? 2 * a.headDim : 0);
}

/** Parameters of a model, counted from its shapes: `total`, those one token uses, and the embedding's. */
export function parameters(model: Model): { total: number; active: number; embedding: number } {
	const embedding = model.hidden * model.vocab;
	const outer = embedding * (model.tied ? 1 : 2) + model.hidden;
	let total = outer;
	let active = outer;
	for (const index of model.layers) {
		const kind = model.kinds[index]!;
		const fixed = attentionWeights(model.hidden, kind.attention) + vectors(model.hidden, kind);
		total += fixed + mlpWeights(model.hidden, kind.mlp);
		active += fixed + activeMlpWeights(model.hidden, kind.mlp);
	}
	return { total, active, embedding };
}

/** Cached elements per position and layer: keys and values of all heads, or one latent with its rotary part. */
export const cachedElements = (a: Attention): number =>
	a.kind === 'gqa' ? 2 * a.kvHeads * a.headDim : a.latent + a.rope;

/**
 * Expected number of distinct experts that `tokens` tokens touch, each choosing `active` of
 * `experts` evenly and independently of the others: E (1 - (1 - k/E)^n).
 */
export const expectedExperts = (experts: number, active: number, tokens: number): number =>
	experts * (1 - Math.pow(1 - active / experts, tokens));
