import { readFileSync } from 'node:fs';
import { setup, slotsWithin, stepCost } from '../../engine/cost/index.ts';
import { findModel, parameters } from '../../engine/models/index.ts';
import { digits as d } from '../../src/lib/decode/number.ts';
import { bandwidth, eight, eightBytes, eightFlops, h100, peak } from './subjects.ts';
import { both, type Value, type Values } from './value.ts';

const thirtyTwo = findModel('qwen3-32b')!;
const step = (slots = 1, more = {}) => setup({ device: h100, model: eight, slots, ...more });

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

function intensityOf(slots: number): Value {
	const cost = stepCost(step(slots));
	return {
		value: cost.intensity,
		unit: 'FLOP/byte',
		how: `${d(cost.flops / 1e9)} GFLOP ÷ ${d(cost.bytes / 1e9)} GB`,
		source: 'cost-model'
	};
}

/** Numbers of lessons 2, 4 and 5: a step of Qwen3 8B, and how much more slots make of it. */
export const slots: Values = {
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
	})
};
