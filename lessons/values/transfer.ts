import { weightTransfer } from '../../engine/cost/claims.ts';
import { digits as d } from '../../src/lib/decode/number.ts';
import { both, type Values } from './value.ts';
import { bandwidth, eightBytes, eightFlops, h100, peak } from './subjects.ts';
import { findDevice } from '../../engine/hardware/index.ts';

const seventy = weightTransfer();

/** Numbers of lessons 1 and 3: the kitchen, the H100, and 70 billion weights on their way through it. */
export const transfer: Values = {
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
	}
};
