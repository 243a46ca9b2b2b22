import { describe, expect, it } from 'vitest';
import { stepWork } from '../../../engine/cost/step-work.ts';
import { paddedRows, type Operator, type Work } from '../../../engine/cost/work.ts';
import { of } from './helpers.ts';

const find = (list: readonly Work[], operator: Operator): Work => {
	const found = list.find((w) => w.operator === operator);
	if (!found) throw new Error(`No ${operator} among ${list.map((w) => w.operator).join(', ')}.`);
	return found;
};

describe('one layer of Qwen3 8B, 72 slots on 1024 positions', () => {
	const { kinds, tail } = stepWork(of('h100-sxm', 'qwen3-8b', { slots: 72 }));
	const layer = kinds[0]!;

	it.each([
		['qkv', 4096, 6144],
		['o', 4096, 4096],
		['gate-up', 4096, 24576],
		['down', 12288, 4096]
	] as const)(
		'%s reads %i x %i weights of 2 bytes and computes 2 FLOP a weight and slot',
		(operator, inn, out) => {
			const w = find(layer, operator);
			expect(w.bytes.weights).toBe(inn * out * 2);
			expect(w.flops).toBe(2 * 72 * inn * out);
			expect(w.bytes.activations).toBe(72 * (inn + out) * 2);
		}
	);

	it('attention reads keys and values of 8 heads at 1096 positions once', () => {
		const w = find(layer, 'attention');
		expect(w.bytes.kv).toBe(1096 * 2 * 8 * 128 * 2);
		// Scores and weighted sum: 2 x 2 x 128 FLOP for each of 32 heads, 72 slots, 1096 keys.
		expect(w.flops).toBe(4 * 128 * 32 * 72 * 1096);
		expect(w.shape).toMatchObject({ kind: 'flash', tiles: 32, longest: 9 });
	});

	it('norm reads and writes 4096 elements a row; add and norm reads two rows and writes two', () => {
		expect(find(layer, 'norm').bytes.activations).toBe(72 * 4096 * 4);
		expect(layer.find((w) => w.name === 'add and norm')!.bytes.activations).toBe(72 * 4096 * 8);
	});

	it('rotates q and k together, activates 12288 elements a row', () => {
		expect(find(layer, 'rope').shape).toMatchObject({ gathered: 72 * (4096 + 1024) });
		expect(find(layer, 'activation').shape).toMatchObject({ gathered: 72 * 12288 });
	});

	it('ends with the vocabulary matrix and one choice a slot', () => {
		expect(find(tail, 'head').bytes.weights).toBe(4096 * 151936 * 2);
		expect(find(tail, 'head').flops).toBe(2 * 72 * 4096 * 151936);
		expect(find(tail, 'sampling').bytes.activations).toBe(72 * 151936 * 4);
	});

	it('has the kernels of the trace: 7 small ones for one slot, 11 for several', () => {
		const small = (slots: number) =>
			stepWork(of('h100-sxm', 'qwen3-8b', { slots })).kinds[0]!.filter(
				(w) => w.shape.kind === 'small'
			);
		expect(small(1)).toHaveLength(7);
		expect(small(20)).toHaveLength(11);
	});
});

describe('formats', () => {
	it('4-bit weights with a 16-bit scale for 128 take 4.125 bits', () => {
		const w = find(stepWork(of('h100-sxm', 'qwen3-8b', { weights: 'int4' })).kinds[0]!, 'qkv');
		expect(w.bytes.weights).toBe((4096 * 6144 * 4.125) / 8);
	});

	it('an 8-bit cache halves keys and values', () => {
		const kv = (format: 'bf16' | 'fp8') =>
			find(stepWork(of('h100-sxm', 'qwen3-8b', { kv: format })).kinds[0]!, 'attention').bytes.kv;
		expect(kv('fp8') * 2).toBe(kv('bf16'));
	});
});

describe('other architectures', () => {
	it('a mixture reads the experts that are touched: 8 (1 - 0.75^2) of Mixtral for two slots', () => {
		const layer = stepWork(of('h200', 'mixtral-8x7b', { slots: 2 })).kinds[0]!;
		const w = layer.find((x) => x.name === 'gate and up of experts')!;
		expect(w.bytes.weights).toBeCloseTo(3.5 * 4096 * 2 * 14336 * 2, 0);
		expect(w.flops).toBe(2 * 2 * 2 * 4096 * 2 * 14336);
		expect(find(layer, 'router').bytes.weights).toBe(4096 * 8 * 2);
	});

	it('latent attention reads 576 elements a position, whatever the heads', () => {
		const layer = stepWork(of('h200', 'deepseek-v3', { context: 1023, tp: 8 })).kinds[0]!;
		expect(find(layer, 'attention').bytes.kv).toBe(1024 * 576 * 2);
	});

	it('a sliding window stops reading at its width', () => {
		const read = (context: number) =>
			stepWork(of('h100-sxm', 'gemma-3-27b', { context })).kinds.map(
				(k) => find(k, 'attention').bytes.kv
			);
		const [near, far] = [read(2000), read(8000)];
		expect(far[0]).toBe(near[0]);
		expect(near[0]).toBe(1024 * 2 * 16 * 128 * 2);
		expect(far[1]! / near[1]!).toBeCloseTo(8001 / 2001, 10);
	});

	it('two devices halve every matrix and reduce one activation twice a layer', () => {
		const one = stepWork(of('h100-sxm', 'qwen3-8b', { slots: 72 })).kinds[0]!;
		const two = stepWork(of('h100-sxm', 'qwen3-8b', { slots: 72, tp: 2 })).kinds[0]!;
		for (const operator of ['qkv', 'o', 'gate-up', 'down'] as const) {
			expect(find(two, operator).bytes.weights * 2).toBe(find(one, operator).bytes.weights);
		}
		const reduces = two.filter((w) => w.operator === 'all-reduce');
		expect(reduces).toHaveLength(2);
		expect(reduces[0]!.shape).toEqual({ kind: 'all-reduce', message: 72 * 4096 * 2 });
	});

	it('prefill is causal: half the pairs, and logits at the last position only', () => {
		const s = { slots: 1024, context: 0 };
		const all = stepWork(of('h100-sxm', 'qwen3-8b', s));
		const causal = stepWork(of('h100-sxm', 'qwen3-8b', { ...s, phase: 'prefill' }));
		const share =
			find(causal.kinds[0]!, 'attention').flops / find(all.kinds[0]!, 'attention').flops;
		expect(share).toBeCloseTo(0.5, 2);
		expect(find(causal.tail, 'head').flops).toBe(2 * 4096 * 151936);
	});
});

describe('paddedRows(rows)', () => {
	it.each([
		[1, 1],
		[2, 8],
		[20, 24],
		[64, 64],
		[72, 128],
		[272, 320]
	])('%i -> %i', (rows, padded) => expect(paddedRows(rows)).toBe(padded));
});
