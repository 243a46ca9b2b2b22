/**
 * What the article and the papers state, computed from shapes, datasheets and the cost model.
 * Every function returns the numbers; `claims()` puts them beside what was stated.
 */
import { findDevice, type Device } from '../hardware/index.ts';
import { findModel, type Model } from '../models/index.ts';
import { setup, tidarSlots, type Setup } from './setup.ts';
import { stepCost, stepMs } from './step.ts';
import { slotsWithin } from './sweep.ts';

const h100 = (): Device => findDevice('h100-sxm')!;
const model = (id: string): Model => findModel(id)!;

/**
 * Tokens that one speculative round yields on average: gamma drafts, each accepted with probability a,
 * plus the correction or bonus; (1 - a^(gamma+1)) / (1 - a). Leviathan et al. 2023, equation 1.
 * @throws RangeError for an acceptance outside 0..1 or a negative gamma.
 */
export function expectedTokens(acceptance: number, gamma: number): number {
	if (!(acceptance >= 0 && acceptance <= 1)) {
		throw new RangeError(`Acceptance must lie in 0..1, not ${acceptance}.`);
	}
	if (!(gamma >= 0)) throw new RangeError(`Drafts must not be negative, not ${gamma}.`);
	if (acceptance === 1) return gamma + 1;
	return (1 - Math.pow(acceptance, gamma + 1)) / (1 - acceptance);
}

/**
 * Mean accepted length of TiDAR with k drafts: the correction counts in the next step, so it is
 * Leviathan's formula with k - 1 drafts.
 */
export const tidarTokens = (acceptance: number, k: number): number =>
	expectedTokens(acceptance, k - 1);

/**
 * Speed-up of speculative decoding over plain decoding: expected tokens over (gamma c + r), c the cost
 * of a draft and r that of verification, in steps of the target. Leviathan's theorem 3.8 has r = 1.
 */
export const speculativeSpeedup = (acceptance: number, gamma: number, c: number, r = 1): number =>
	expectedTokens(acceptance, gamma) / (gamma * c + r);

/** The acceptance at which TiDAR with k drafts is as fast as plain decoding, for a step-cost ratio; null if never. */
export function breakEvenAcceptance(k: number, ratio: number): number | null {
	if (ratio <= 1) return 0;
	if (ratio > k) return null;
	let [low, high] = [0, 1];
	for (let i = 0; i < 60; i++) {
		const middle = (low + high) / 2;
		if (tidarTokens(middle, k) < ratio) low = middle;
		else high = middle;
	}
	return high;
}

/** Weights over datasheet bandwidth, as the article computes it. */
export function weightTransfer(parameters = 70e9, bytesEach = 2, device = h100()) {
	const bytes = parameters * bytesEach;
	const ms = bytes / (device.bandwidth.value * 1e6);
	return { bytes, ms, tokensPerSecond: 1e3 / ms, fits: bytes <= device.capacity.value * 1e9 };
}

/** Share of the datasheet's FLOP/s that a step leaves unused. */
export const idleShare = (s: Setup): number => stepCost(s).idleCompute;

/** Cost of a TiDAR step with k drafts in one-slot steps of the same setup. */
export const stepRatio = (s: Setup, k: number): number =>
	stepMs({ ...s, slots: tidarSlots(k) }) / stepMs({ ...s, slots: 1 });

/**
 * TiDAR's speed-up from its published tokens per pass (T/NFE).
 * Assumed of paper and baseline: one H100, batch 1, bf16, 512 positions (the benchmarks' prompts are
 * short), block 16 (272 slots), and kernels as good as 'ideal' on both sides, with logits at every slot.
 */
export function tidarSpeedup(id: 'tidar-1.5b' | 'tidar-8b') {
	const tokensPerPass = id === 'tidar-1.5b' ? 7.45 : 8.25;
	const published = id === 'tidar-1.5b' ? 4.71 : 5.91;
	const base = { device: h100(), model: model(id), context: 512 };
	const ratio = stepRatio(setup({ ...base, kernels: 'ideal' }), 16);
	const measuredKernels = stepRatio(setup(base), 16);
	return {
		tokensPerPass,
		published,
		ratio,
		speedup: tokensPerPass / ratio,
		withMeasuredKernels: tokensPerPass / measuredKernels
	};
}

/**
 * EAGLE-3: each draft costs one decoder layer and the vocabulary matrix of the target.
 * `tokens` is the published mean per round (3.3 to 4.5), `drafts` the depth.
 */
export function eagleSpeedup(s: Setup, tokens: number, drafts = 5) {
	const full = stepMs({ ...s, slots: 1 });
	const draftModel = { ...s.model, layers: s.model.layers.slice(0, 1) };
	const draft = stepMs({ ...s, slots: 1, model: draftModel });
	const verify = stepMs({ ...s, slots: drafts + 1 });
	return {
		draftCost: draft / full,
		verifyCost: verify / full,
		speedup: (tokens * full) / (drafts * draft + verify)
	};
}

/** The smallest batch, up to `most`, at which a step of `slots` costs more than `ratio` one-slot steps. */
export function batchWhere(s: Setup, slots: number, ratio: number, most = 256): number | null {
	for (let batch = 1; batch <= most; batch++) {
		const at = { ...s, batch };
		if (stepMs({ ...at, slots }) > ratio * stepMs({ ...at, slots: 1 })) return batch;
	}
	return null;
}

/** One statement, what was stated, what comes out, and a verdict in words. */
export interface Claim {
	readonly id: string;
	readonly stated: string;
	readonly statedValue: number;
	readonly derived: number;
	readonly unit: string;
	readonly verdict: 'holds' | 'holds in part' | 'does not hold';
	readonly because: string;
	/** The numbers in `because`, by name, for other languages. */
	readonly values: Readonly<Record<string, number>>;
}

const digits = (x: number, n = 3) => Number(x.toPrecision(n));

/** The article's and the paper's numbers, derived. */
export function claims(): Claim[] {
	const transfer = weightTransfer();
	const eight = setup({ device: h100(), model: model('qwen3-8b') });
	const thirtyTwo = setup({ device: h100(), model: model('qwen3-32b') });
	const free = slotsWithin(thirtyTwo, 1.1);
	const freeIdeal = slotsWithin({ ...thirtyTwo, kernels: 'ideal' }, 1.1);
	const idle = 100 * idleShare(eight);
	const small = tidarSpeedup('tidar-1.5b');
	const large = tidarSpeedup('tidar-8b');
	const paid = batchWhere(eight, tidarSlots(8), 1.5);
	const lost = batchWhere(eight, tidarSlots(8), 5.49);
	const ratio = stepRatio(eight, 8);
	return [
		{
			id: 'weight-transfer',
			values: { tokensPerSecond: digits(transfer.tokensPerSecond) },
			stated: '140 GB / 3.35 TB/s = 42 ms a token, 24 tokens a second',
			statedValue: 42,
			derived: digits(transfer.ms),
			unit: 'ms',
			verdict: 'holds in part',
			because: `${digits(transfer.tokensPerSecond)} tokens a second is right arithmetic, but 140 GB do not fit the 80 GB of one H100: it takes two, or 8-bit weights.`
		},
		{
			id: 'free-slots',
			values: { free, freeIdeal },
			stated: 'about 60 tokens are free (Qwen3 32B, H100)',
			statedValue: 60,
			derived: free,
			unit: 'slots',
			verdict: 'holds in part',
			because: `At most 10 % more time up to ${free} slots with PyTorch's kernels, up to ${freeIdeal} with attention that splits its keys.`
		},
		{
			id: 'idle-share',
			values: {},
			stated: 'the GPU waits 80 % of the time',
			statedValue: 80,
			derived: digits(idle, 4),
			unit: '%',
			verdict: 'does not hold',
			because:
				'Far too kind: at batch 1 the matrix units of an H100 do well under one percent of what they could.'
		},
		{
			id: 'tidar-1.5b',
			values: {
				ratio: digits(small.ratio),
				withMeasuredKernels: digits(small.withMeasuredKernels)
			},
			stated: 'TiDAR 1.5B is 4.71 times as fast (7.45 tokens a pass)',
			statedValue: small.published,
			derived: digits(small.speedup),
			unit: 'x',
			verdict: 'holds',
			because: `A 272-slot step costs ${digits(small.ratio)} one-slot steps with ideal kernels; with PyTorch's measured ones ${digits(small.withMeasuredKernels)}x remains.`
		},
		{
			id: 'tidar-8b',
			values: {
				ratio: digits(large.ratio),
				withMeasuredKernels: digits(large.withMeasuredKernels)
			},
			stated: 'TiDAR 8B is 5.91 times as fast (8.25 tokens a pass)',
			statedValue: large.published,
			derived: digits(large.speedup),
			unit: 'x',
			verdict: 'holds',
			because: `A 272-slot step costs ${digits(large.ratio)} one-slot steps with ideal kernels; with PyTorch's measured ones ${digits(large.withMeasuredKernels)}x remains.`
		},
		{
			id: 'slots-stop-being-free',
			values: { paid: paid ?? Infinity, lost: lost ?? Infinity },
			stated: '72 slots cost little more than one',
			statedValue: 1,
			derived: paid ?? Infinity,
			unit: 'sequences',
			verdict: 'holds in part',
			because: `Only at small batch: Qwen3 8B pays more than half a step extra from batch ${paid}, and all that 5.49 tokens a pass win from batch ${lost}.`
		},
		{
			id: 'break-even',
			values: { ratio: digits(ratio) },
			stated: 'a draft need not be good to pay',
			statedValue: 0,
			derived: digits(breakEvenAcceptance(8, ratio) ?? 1),
			unit: 'acceptance',
			verdict: 'holds',
			because: `A 72-slot step of Qwen3 8B costs ${digits(ratio)} one-slot steps at batch 1, which this acceptance earns back.`
		}
	];
}
