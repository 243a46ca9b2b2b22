import { readFileSync } from 'node:fs';
import { tidarSpeedup, tidarTokens, weightTransfer } from '../engine/cost/claims.ts';
import { setup, slotsWithin, stepCost, tidarSlots } from '../engine/cost/index.ts';
import { tokensPerPass } from '../engine/decode/index.ts';
import { findDevice } from '../engine/hardware/index.ts';
import { layout, tidarSpec, visible } from '../engine/mask/index.ts';
import { findModel, parameters } from '../engine/models/index.ts';
import { digits } from '../src/lib/decode/number.ts';
import { drafting } from './values/drafting.ts';
import { guess } from './values/guess.ts';
import { training } from './values/training.ts';
import { world } from './values/world.ts';
import { both, published, sessionOf, units, type Value, type Values } from './values/value.ts';

export { sessionOf, units };

const h100 = findDevice('h100-sxm')!;
const eight = findModel('qwen3-8b')!;
const thirtyTwo = findModel('qwen3-32b')!;
const bandwidth = h100.bandwidth.value;
const peak = h100.rates.bf16.value;
const step = (slots = 1, more = {}) => setup({ device: h100, model: eight, slots, ...more });
const d = digits;

interface Measured {
	readonly device: string;
	readonly model: string;
	readonly tp: number;
	readonly batch: number;
	readonly slots: number;
	readonly context: number;
	readonly ms: number;
}
/** A measured step of the H100 at batch 1 and 1024 positions, ms. */
function measured(model: string, slots: number): number {
	const { steps } = JSON.parse(readFileSync('static/measurements/steps.json', 'utf8')) as {
		steps: Measured[];
	};
	const found = steps.find(
		(s) =>
			s.device === 'h100-sxm' &&
			s.model === model &&
			s.slots === slots &&
			s.tp === 1 &&
			s.batch === 1 &&
			s.context === 1024
	);
	if (!found) throw new Error(`No measured step of ${model} with ${slots} slots.`);
	return found.ms;
}

const seventy = weightTransfer();
const eightBytes = 2 * parameters(eight).total;
const eightFlops = 2 * parameters(eight).total;
const small = tidarSpeedup('tidar-1.5b');
const large = tidarSpeedup('tidar-8b');
/** Acceptance at which k = 8 yields the published 5.49 tokens a pass. */
const ACCEPTANCE = 0.89;

const table: Values = {
	...guess,
	...drafting,
	...world,
	...training,
	// The kitchen
	'kitchen.busy': () => ({
		value: (100 * 3) / 23,
		unit: '%',
		how: '3 s ÷ (3 s + 20 s)',
		source: 'arithmetic',
		text: '13'
	}),
	'kitchen.honest': () => {
		const ratio = (100 * eightFlops) / (peak * 1e12) / (eightBytes / (bandwidth * 1e9));
		return {
			value: (20 * ratio) / 100,
			unit: 's',
			how: `20 s × (${d(eightFlops / 1e9)} GFLOP ÷ ${d(peak)} TFLOP/s) ÷ (${d(eightBytes / 1e9)} GB ÷ ${d(bandwidth / 1e3)} TB/s)`,
			source: 'h100-datasheet'
		};
	},
	// The H100 and its weights
	'h100.bandwidth': () => ({
		value: bandwidth / 1e3,
		unit: 'TB/s',
		how: 'HBM3, SXM5',
		source: h100.bandwidth.source
	}),
	'h100.capacity': () => ({
		value: h100.capacity.value,
		unit: 'GB',
		how: 'HBM3, SXM5',
		source: h100.capacity.source
	}),
	'h100.peak': () => ({
		value: peak,
		unit: 'TFLOP/s',
		how: { en: 'bf16, dense', zh: 'bf16，稠密' },
		source: h100.rates.bf16.source
	}),
	'h100.ridge': () => ({
		value: (peak * 1e3) / bandwidth,
		unit: 'FLOP/byte',
		how: `${d(peak)} TFLOP/s ÷ ${d(bandwidth / 1e3)} TB/s`,
		source: h100.rates.bf16.source
	}),
	'transfer.gb': () => ({
		value: seventy.bytes / 1e9,
		unit: 'GB',
		how: { en: '70 × 10⁹ × 2 bytes', zh: '70 × 10⁹ × 2 字节' },
		source: 'article'
	}),
	'transfer.ms': () => ({
		value: seventy.ms,
		unit: 'ms',
		how: `${d(seventy.bytes / 1e9)} GB ÷ ${d(bandwidth / 1e3)} TB/s`,
		source: 'h100-datasheet'
	}),
	'transfer.perSecond': () => ({
		value: seventy.tokensPerSecond,
		unit: 'tokens/s',
		how: `1 s ÷ ${d(seventy.ms)} ms`,
		source: 'arithmetic'
	}),
	'transfer.compute': () => {
		const us = (140e9 / (peak * 1e12)) * 1e6;
		return {
			value: us,
			unit: 'µs',
			how: `2 × 70 × 10⁹ FLOP ÷ ${d(peak)} TFLOP/s`,
			source: 'h100-datasheet'
		};
	},
	'transfer.ratio': () => ({
		value: seventy.ms / (140e9 / (peak * 1e9)),
		unit: '×',
		how: `${d(seventy.ms)} ms ÷ ${d(140e9 / (peak * 1e9))} ms`,
		source: 'arithmetic'
	}),
	'transfer.cards': () => ({
		value: Math.ceil(seventy.bytes / 1e9 / h100.capacity.value),
		unit: '',
		how: both(`${d(seventy.bytes / 1e9)} GB ÷ ${h100.capacity.value} GB, rounded up`),
		source: h100.capacity.source
	}),
	'transfer.eightBit': () => ({
		value: seventy.ms / 2,
		unit: 'ms',
		how: `70 GB ÷ ${d(bandwidth / 1e3)} TB/s`,
		source: 'h100-datasheet'
	}),
	'phone.slower': () => {
		const phone = findDevice('apple-a18-pro')!;
		return {
			value: bandwidth / phone.bandwidth.value,
			unit: '×',
			how: `${d(bandwidth)} GB/s ÷ ${d(phone.bandwidth.value)} GB/s (${phone.name})`,
			source: phone.bandwidth.source,
			text: d(Math.round(bandwidth / phone.bandwidth.value))
		};
	},
	// Qwen3 8B on it
	'eight.gb': () => ({
		value: eightBytes / 1e9,
		unit: 'GB',
		how: both(`${d(parameters(eight).total / 1e9)} × 10⁹ × 2 bytes`),
		source: 'shapes'
	}),
	'eight.gflop': () => ({
		value: eightFlops / 1e9,
		unit: 'GFLOP',
		how: `2 × ${d(parameters(eight).total / 1e9)} × 10⁹`,
		source: 'shapes'
	}),
	'eight.floor': () => ({
		value: eightBytes / (bandwidth * 1e6),
		unit: 'ms',
		how: `${d(eightBytes / 1e9)} GB ÷ ${d(bandwidth / 1e3)} TB/s`,
		source: 'h100-datasheet'
	}),
	'eight.compute': () => ({
		value: (eightFlops / (peak * 1e12)) * 1e6,
		unit: 'µs',
		how: `${d(eightFlops / 1e9)} GFLOP ÷ ${d(peak)} TFLOP/s`,
		source: 'h100-datasheet'
	}),
	'eight.measured': () => ({
		value: measured('qwen3-8b', 1),
		unit: 'ms',
		how: { en: 'Qwen3 8B, 1 slot, 1024 positions', zh: 'Qwen3 8B，1 个槽位，1024 个位置' },
		source: 'measured-steps'
	}),
	'eight.more64': () => ({
		value: 100 * (measured('qwen3-8b', 64) / measured('qwen3-8b', 1) - 1),
		unit: '%',
		how: `${d(measured('qwen3-8b', 64))} ms ÷ ${d(measured('qwen3-8b', 1))} ms − 1`,
		source: 'measured-steps'
	}),
	'eight.more2': () => ({
		value: 100 * (measured('qwen3-8b', 2) / measured('qwen3-8b', 1) - 1),
		unit: '%',
		how: `${d(measured('qwen3-8b', 2))} ms ÷ ${d(measured('qwen3-8b', 1))} ms − 1`,
		source: 'measured-steps'
	}),
	'eight.more272': () => ({
		value: 100 * (measured('qwen3-8b', 272) / measured('qwen3-8b', 1) - 1),
		unit: '%',
		how: `${d(measured('qwen3-8b', 272))} ms ÷ ${d(measured('qwen3-8b', 1))} ms − 1`,
		source: 'measured-steps'
	}),
	'eight.times1024': () => ({
		value: measured('qwen3-8b', 1024) / measured('qwen3-8b', 1),
		unit: '×',
		how: `${d(measured('qwen3-8b', 1024))} ms ÷ ${d(measured('qwen3-8b', 1))} ms`,
		source: 'measured-steps'
	}),
	'eight.used': () => ({
		value: (100 * eightFlops) / (peak * 1e12) / (measured('qwen3-8b', 1) / 1e3),
		unit: '%',
		how: `${d(eightFlops / 1e9)} GFLOP ÷ ${d(measured('qwen3-8b', 1))} ms ÷ ${d(peak)} TFLOP/s`,
		source: 'measured-steps',
		text: ((100 * eightFlops) / (peak * 1e12) / (measured('qwen3-8b', 1) / 1e3)).toFixed(2)
	}),
	'small.more64': () => ({
		value: 100 * (measured('qwen2.5-1.5b', 64) / measured('qwen2.5-1.5b', 1) - 1),
		unit: '%',
		how: `${d(measured('qwen2.5-1.5b', 64))} ms ÷ ${d(measured('qwen2.5-1.5b', 1))} ms − 1`,
		source: 'measured-steps'
	}),
	'thirtyTwo.free': () => {
		const free = slotsWithin(setup({ device: h100, model: thirtyTwo }), 1.1);
		return {
			value: free,
			unit: 'slots',
			how: { en: 'Qwen3 32B, ≤ 1.1 × one slot', zh: 'Qwen3 32B，不超过单槽位的 1.1 倍' },
			source: 'cost-model'
		};
	},
	'thirtyTwo.freeIdeal': () => {
		const s = setup({ device: h100, model: thirtyTwo, kernels: 'ideal' });
		return {
			value: slotsWithin(s, 1.1),
			unit: 'slots',
			how: {
				en: 'Qwen3 32B, ideal kernels, ≤ 1.1 × one slot',
				zh: 'Qwen3 32B，理想内核，不超过单槽位的 1.1 倍'
			},
			source: 'cost-model'
		};
	},
	'eight.kvPerToken': () => {
		const kind = eight.kinds[0]!.attention;
		const row = kind.kind === 'gqa' ? kind.kvHeads * kind.headDim : 0;
		return {
			value: (eight.layers.length * 2 * row * 2) / 1e3,
			unit: 'kB',
			how: both(`${eight.layers.length} layers × 2 × ${row} × 2 bytes`),
			source: 'shapes'
		};
	},
	'eight.intensity1': () => intensityOf(1),
	'eight.intensity64': () => intensityOf(64),
	'eight.prefillIntensity': () => {
		const cost = stepCost(step(1024, { phase: 'prefill', context: 0 }));
		return {
			value: cost.intensity,
			unit: 'FLOP/byte',
			how: `${d(cost.flops / 1e9)} GFLOP ÷ ${d(cost.bytes / 1e9)} GB`,
			source: 'cost-model'
		};
	},
	'article.slots': () => ({
		value: 60,
		unit: 'slots',
		how: { en: 'figure 1: Qwen3-32B, one H100, batch 1', zh: '图 1：Qwen3-32B，一块 H100，批量 1' },
		source: 'tidar'
	}),
	// TiDAR
	'mask.cells2': () => ({
		value: visible(layout(tidarSpec(2))).flat().length,
		unit: 'cells',
		how: '1 + 2 + 2 × (1 + 2) + 2 × (2 + 2)',
		source: 'tidar'
	}),
	'slots.4': () => slotsValue(4),
	'slots.8': () => slotsValue(8),
	'slots.16': () => slotsValue(16),
	'tidar.small': () => published(4.71, '×', '1.5B, batch 1, one H100', '1.5B，批量 1，一块 H100'),
	'tidar.large': () => published(5.91, '×', '8B, batch 1, one H100', '8B，批量 1，一块 H100'),
	'tidar.smallTokens': () =>
		published(
			7.45,
			'tokens',
			'table 2, 1.5B: tokens a pass, mean',
			'表 2，1.5B：每次前向的词元数，平均'
		),
	'tidar.largeTokens': () =>
		published(
			8.25,
			'tokens',
			'table 2, 8B, trust diffusion: tokens a pass, mean',
			'表 2，8B，信任扩散：每次前向的词元数，平均'
		),
	'tidar.largeTokensAr': () =>
		published(
			8.23,
			'tokens',
			'8B, trust AR: tokens a pass, mean',
			'8B，信任自回归：每次前向的词元数，平均'
		),
	'tidar.tokens8': () => published(5.49, 'tokens', 'table 4, 8 drafts', '表 4，8 个草稿'),
	'tidar.tokens4': () => published(3.47, 'tokens', 'table 4, 4 drafts', '表 4，4 个草稿'),
	'tidar.tokens16': () => published(6.97, 'tokens', 'table 4, 16 drafts', '表 4，16 个草稿'),
	'tidar.quality15': () =>
		published(44.03, '', '1.5B, average of the benchmarks', '1.5B，各基准测试的平均'),
	'qwen.quality15': () =>
		published(41.64, '', 'Qwen2.5 1.5B, the same benchmarks', 'Qwen2.5 1.5B，同样的基准测试'),
	'tidar.quality8': () =>
		published(65.31, '', '8B, average of the benchmarks', '8B，各基准测试的平均'),
	'qwen.quality8': () =>
		published(68.09, '', 'Qwen3 8B, the same benchmarks', 'Qwen3 8B，同样的基准测试'),
	'tidar.humaneval8': () =>
		published(7.3, 'tokens', 'table 2, 8B, HumanEval', '表 2，8B，HumanEval'),
	'tidar.mbpp8': () => published(10, 'tokens', 'table 2, 8B, MBPP', '表 2，8B，MBPP'),
	'derived.smallRatio': () => ({
		value: small.ratio,
		unit: '×',
		how: {
			en: '272 slots against 1, 1.5B, 512 positions, ideal kernels',
			zh: '272 个槽位比 1 个，1.5B，512 个位置，理想内核'
		},
		source: 'cost-model'
	}),
	'derived.largeRatio': () => ({
		value: large.ratio,
		unit: '×',
		how: {
			en: '272 slots against 1, 8B, 512 positions, ideal kernels',
			zh: '272 个槽位比 1 个，8B，512 个位置，理想内核'
		},
		source: 'cost-model'
	}),
	'derived.small': () => ({
		value: small.speedup,
		unit: '×',
		how: `${small.tokensPerPass} ÷ ${d(small.ratio)}`,
		source: 'cost-model'
	}),
	'derived.large': () => ({
		value: large.speedup,
		unit: '×',
		how: `${large.tokensPerPass} ÷ ${d(large.ratio)}`,
		source: 'cost-model'
	}),
	'derived.smallMeasured': () => ({
		value: small.withMeasuredKernels,
		unit: '×',
		how: { en: '1.5B, PyTorch’s kernels', zh: '1.5B，PyTorch 的内核' },
		source: 'cost-model'
	}),
	'derived.largeMeasured': () => ({
		value: large.withMeasuredKernels,
		unit: '×',
		how: { en: '8B, PyTorch’s kernels', zh: '8B，PyTorch 的内核' },
		source: 'cost-model'
	}),
	'derived.impliedLarge': () => ({
		value: 8.25 / 5.91,
		unit: '×',
		how: '8.25 ÷ 5.91',
		source: 'tidar'
	}),
	'accept.k8': () => ({
		value: tidarTokens(ACCEPTANCE, 8),
		unit: 'tokens',
		how: '(1 − 0.89⁸) ÷ (1 − 0.89)',
		source: 'leviathan'
	}),
	'accept.half8': () => ({
		value: tidarTokens(0.5, 8),
		unit: 'tokens',
		how: '(1 − 0.5⁸) ÷ (1 − 0.5)',
		source: 'leviathan'
	}),
	'accept.half16': () => ({
		value: tidarTokens(0.5, 16),
		unit: 'tokens',
		how: '(1 − 0.5¹⁶) ÷ (1 − 0.5)',
		source: 'leviathan',
		text: '2.00'
	}),
	// Recorded runs
	'sky.tokens': () => sessionTokens('sky'),
	'gravity.tokens': () => sessionTokens('gravity'),
	'story.tokens': () => sessionTokens('story'),
	'count.tokens': () => sessionTokens('count'),
	'gravity.arPasses': () => passes('gravity-ar'),
	'gravity.answer': () => {
		const tokens = sessionOf('gravity').steps.flatMap(({ emitted }) => emitted).length;
		return { value: tokens, unit: 'tokens', how: 'What is gravity?', source: 'session' };
	}
};

function intensityOf(slots: number): Value {
	const cost = stepCost(step(slots));
	return {
		value: cost.intensity,
		unit: 'FLOP/byte',
		how: `${d(cost.flops / 1e9)} GFLOP ÷ ${d(cost.bytes / 1e9)} GB`,
		source: 'cost-model'
	};
}

const slotsValue = (k: number): Value => ({
	value: tidarSlots(k),
	unit: 'slots',
	how: `${k} + ${k} × ${k}`,
	source: 'tidar'
});

function sessionTokens(id: string): Value {
	const { steps, prompt, settings } = sessionOf(id);
	return {
		value: tokensPerPass(steps),
		unit: 'tokens',
		how: `“${prompt}”, k = ${settings.k}`,
		source: 'session'
	};
}

function passes(id: string): Value {
	const { steps, prompt } = sessionOf(id);
	return {
		value: steps.filter(({ kind }) => kind === 'decode').length,
		unit: 'passes',
		how: `“${prompt}”`,
		source: 'session'
	};
}

export const valueIds: readonly string[] = Object.keys(table);

/** @throws Error for a number that nobody computes. */
export function valueOf(id: string): Value {
	const make = table[id];
	if (!make)
		throw new Error(`There is no number "${id}"; the lessons' numbers are in lessons/values.ts.`);
	return make();
}

/** A number as it is printed: '41.8 ms', '41.8 毫秒'. */
export const printed = ({ value, unit, text }: Value, locale: 'en' | 'zh'): string =>
	(text ?? digits(value)) + units[unit][locale];
