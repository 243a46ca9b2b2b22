import { tidarSpeedup, tidarTokens } from '../../engine/cost/claims.ts';
import { tidarSlots } from '../../engine/cost/index.ts';
import { layout, tidarSpec, visible } from '../../engine/mask/index.ts';
import { digits as d } from '../../src/lib/decode/number.ts';
import { published, type Value, type Values } from './value.ts';

const small = tidarSpeedup('tidar-1.5b');
const large = tidarSpeedup('tidar-8b');
/** Acceptance at which k = 8 yields the published 5.49 tokens a pass. */
const ACCEPTANCE = 0.89;

const slotsValue = (k: number): Value => ({
	value: tidarSlots(k),
	unit: 'slots',
	how: `${k} + ${k} × ${k}`,
	source: 'tidar'
});

/** Numbers of part 3: what the paper states of TiDAR, and what follows from its shape. */
export const tidar: Values = {
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
	})
};
