/** V numbers that sum to 1. */
export type Distribution = Float64Array;

/** The index of the largest value; of equal ones the first. */
export function argmax(values: ArrayLike<number>): number {
	let best = 0;
	for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
	return best;
}

/**
 * softmax(logits / temperature), cut to its nucleus: the likeliest tokens whose probabilities first
 * reach topP, made to sum to 1 again (Holtzman et al. 2020). topP = 1 cuts nothing.
 * @throws RangeError unless temperature > 0 and 0 < topP ≤ 1.
 */
export function distribution(
	logits: ArrayLike<number>,
	temperature: number,
	topP = 1
): Distribution {
	if (!(temperature > 0))
		throw new RangeError(`A temperature of ${temperature} has no distribution; 0 means argmax.`);
	if (!(topP > 0 && topP <= 1))
		throw new RangeError(`Top-p is ${topP}; it must lie above 0 and not above 1.`);
	const most = logits[argmax(logits)]!;
	const p = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
	normalise(p);
	return topP < 1 ? nucleus(p, topP) : p;
}

/** The weighted mean of two halves' logits, beta · ar + (1 - beta) · diffusion. */
export function mix(
	ar: ArrayLike<number>,
	diffusion: ArrayLike<number>,
	beta: number
): Float32Array {
	return Float32Array.from(ar, (logit, i) => beta * logit + (1 - beta) * diffusion[i]!);
}

/** The token in whose share of [0, 1) the number u falls. */
export function draw(p: Distribution, u: number): number {
	let sum = 0;
	let last = 0;
	for (let token = 0; token < p.length; token++) {
		if (p[token] === 0) continue;
		last = token;
		sum += p[token]!;
		if (u < sum) return token;
	}
	return last; // u lies above the sum, which rounding left below 1
}

function nucleus(p: Distribution, topP: number): Distribution {
	const order = Array.from(p.keys()).sort((a, b) => p[b]! - p[a]! || a - b);
	const kept = new Float64Array(p.length);
	let sum = 0;
	for (const token of order) {
		kept[token] = p[token]!;
		sum += p[token]!;
		if (sum >= topP) break;
	}
	return normalise(kept);
}

export function normalise(p: Distribution): Distribution {
	const sum = p.reduce((total, value) => total + value, 0);
	for (let i = 0; i < p.length; i++) p[i]! /= sum;
	return p;
}
