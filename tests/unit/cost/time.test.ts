import { describe, expect, it } from 'vitest';
import { ratesOf, timeOf, type Parameters } from '../../../engine/cost/time.ts';
import type { Shape, Work } from '../../../engine/cost/work.ts';
import { of } from './helpers.ts';

const round: Parameters = {
	gemmFixed: 4,
	bandwidth: 3000,
	tflops: 700,
	corner: 5,
	smallFixed: 2,
	gather: 6,
	splitFixed: 8,
	kvBandwidth: 2500,
	flashFixed: 6,
	blockFixed: 1,
	blockHead: 0.6,
	groupedFixed: 7,
	linkFixed: 12,
	linkBandwidth: 300,
	linkHidden: 4
};
const work = (shape: Shape, weights = 0, kv = 0, activations = 0): Work => ({
	name: 'x',
	operator: 'qkv',
	bytes: { weights, kv, activations },
	flops: 0,
	launches: 1,
	shape
});
const h100 = ratesOf(round, of('h100-sxm', 'qwen3-8b'));

describe('timeOf(work, rates) on an H100, by hand', () => {
	it('GEMM: 300 MB at 3000 GB/s are 100 us, 70 GFLOP at 700 TFLOP/s too: 4 + 100 x 2^(1/5)', () => {
		const t = timeOf(work({ kind: 'gemm', padded: 70e9, grouped: false }, 300e6), h100);
		expect(t.memory).toBeCloseTo(100, 6);
		expect(t.compute).toBeCloseTo(100, 6);
		expect(t.total).toBeCloseTo(4 + 100 * 2 ** 0.2, 6);
	});

	it('GEMM over experts: 7 us more', () => {
		const one = timeOf(work({ kind: 'gemm', padded: 1e9, grouped: false }, 3e6), h100).total;
		expect(
			timeOf(work({ kind: 'gemm', padded: 1e9, grouped: true }, 3e6), h100).total - one
		).toBeCloseTo(7, 9);
	});

	it('small kernel: 1 M gathered elements at 6 ps are 6 us, 3 MB streamed are 1 us', () => {
		expect(timeOf(work({ kind: 'small', gathered: 1e6 }), h100).total).toBeCloseTo(8, 6);
		expect(timeOf(work({ kind: 'small', gathered: 0 }, 0, 0, 3e6), h100).total).toBeCloseTo(3, 6);
	});

	it('split attention: 25 MB of keys and values at 2500 GB/s after 8 us', () => {
		expect(timeOf(work({ kind: 'split' }, 0, 25e6), h100).total).toBeCloseTo(18, 6);
	});

	it('flash attention: 133 tiles on 132 cores take two waves of 9 blocks of 1.6 us', () => {
		const flash = (tiles: number) =>
			timeOf(
				work({ kind: 'flash', tiles, walked: tiles * 9, shortest: 9, longest: 9, headDim: 128 }),
				h100
			);
		expect(flash(132).total).toBeCloseTo(6 + 9 * 1.6, 6);
		expect(flash(133).total).toBeCloseTo(6 + 18 * 1.6, 6);
		expect(flash(66).occupancy).toBeCloseTo(0.5, 9);
	});

	it('all-reduce of two: up to 1 MiB at one latency and half the rate, beyond at two and the whole', () => {
		const two = ratesOf(round, of('h100-sxm', 'qwen3-8b', { tp: 2 }));
		const us = (message: number, queued = true) =>
			timeOf(work({ kind: 'all-reduce', message, queued }), two).total;
		expect(us(300e3)).toBeCloseTo(12 + 2, 6);
		expect(us(300e6)).toBeCloseTo(24 + 1000, 6);
		expect(us(2 ** 20)).toBeCloseTo(12 + (2 * 2 ** 20) / 300e3, 6);
		expect(us(2 ** 20 + 1)).toBeCloseTo(24 + 2 ** 20 / 300e3, 4);
		expect(us(300e3, false)).toBeCloseTo(12 - 4 + 2, 6);
		expect(us(300e6, false)).toBe(us(300e6));
	});

	it('a longer message never takes less time, over slow links either', () => {
		for (const id of ['h100-sxm', 'l4', 'rtx-3090']) {
			const rates = ratesOf(round, of(id, 'qwen3-8b', { tp: 2 }));
			let before = 0;
			for (let message = 1024; message < 1e9; message *= 1.5) {
				const { total } = timeOf(work({ kind: 'all-reduce', message }), rates);
				expect(total).toBeGreaterThan(before);
				before = total;
			}
		}
	});
});

describe('ratesOf(parameters, setup): only datasheet ratios change', () => {
	it('H200: bandwidth by 4800/3350, all else as the H100', () => {
		const h200 = ratesOf(round, of('h200', 'qwen3-8b'));
		expect(h200.bytes / h100.bytes).toBeCloseTo(4800 / 3350, 9);
		expect(h200.flops).toBeCloseTo(h100.flops, 3);
		expect(h200.block(128)).toBeCloseTo(h100.block(128), 9);
		expect([h200.gemmFixed, h200.gather, h200.cores]).toEqual([h100.gemmFixed, h100.gather, 132]);
	});

	it('fp8 weights double the rate where the device has units, and do not where it has none', () => {
		const fp8 = (id: string) => ratesOf(round, of(id, 'qwen3-8b', { weights: 'fp8' })).flops;
		const bf16 = (id: string) => ratesOf(round, of(id, 'qwen3-8b')).flops;
		expect(fp8('h100-sxm') / bf16('h100-sxm')).toBeCloseTo(2, 2);
		expect(fp8('a100-80')).toBe(bf16('a100-80'));
	});

	it('in the browser every kernel costs a dispatch', () => {
		const r = ratesOf(round, of('h100-sxm', 'smollm2-135m', { kernels: 'browser' }));
		expect([r.gemmFixed, r.smallFixed, r.splitFixed]).toEqual([30, 30, 30]);
	});
});
