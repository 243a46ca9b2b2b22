import { describe, expect, it } from 'vitest';
import {
	kvBytesPerSequence,
	memoryFit,
	setup,
	stepCost,
	weightBytes
} from '../../../engine/cost/index.ts';
import { of } from './helpers.ts';

describe('memoryFit(setup)', () => {
	it('weights of Qwen3 8B in 16 bits are 16.38 GB; 1000 positions keep 147 MB', () => {
		const s = of('h100-sxm', 'qwen3-8b');
		expect(weightBytes(s) / 1e9).toBeCloseTo(16.38, 2);
		expect(kvBytesPerSequence(s, 1000)).toBe(1000 * 36 * 2 * 8 * 128 * 2);
	});

	it("says that the article's 70B does not fit one H100, and what would", () => {
		const fit = memoryFit(of('h100-sxm', 'article-70b'));
		expect(fit.fits).toBe(false);
		expect(fit.remedies).toContainEqual({ kind: 'devices', count: 2 });
		expect(fit.remedies).toContainEqual({ kind: 'weights', format: 'fp8' });
		expect(memoryFit(of('h100-sxm', 'article-70b', { tp: 2 })).fits).toBe(true);
		expect(memoryFit(of('h100-sxm', 'article-70b', { weights: 'fp8' })).fits).toBe(true);
	});

	it('names the largest batch that fits', () => {
		const s = of('h100-sxm', 'qwen3-8b', { batch: 2000 });
		const remedy = memoryFit(s).remedies.find(({ kind }) => kind === 'batch');
		const batch = remedy?.kind === 'batch' ? remedy.most : 0;
		expect(memoryFit({ ...s, batch }).fits).toBe(true);
		expect(memoryFit({ ...s, batch: batch + 1 }).fits).toBe(false);
	});

	it('counts chips where none of the remedies is enough', () => {
		// 812 GB of weights alone, in 24 GB each: 34; keys, values and logits take no more than one card's rest.
		expect(memoryFit(of('rtx-4090', 'llama-3.1-405b')).remedies).toEqual([
			{ kind: 'smaller', count: 34 }
		]);
	});

	it('a window keeps no more than its width', () => {
		const s = of('h100-sxm', 'gemma-3-27b');
		const [short, long] = [kvBytesPerSequence(s, 1024), kvBytesPerSequence(s, 10240)];
		// 52 of 62 layers are local.
		expect(long / short).toBeCloseTo((52 + 10 * 10) / 62, 9);
	});
});

describe('setup(choice) refuses', () => {
	it.each([
		[{ slots: 0 }, 'slots must be a whole number'],
		[{ batch: 1.5 }, 'batch must be'],
		[{ context: -1 }, 'context must be'],
		[{ tp: 3 }, 'tp must be 1, 2, 4 or 8']
	])('%o', (choice, sentence) => {
		const s = of('h100-sxm', 'qwen3-8b');
		expect(() => setup({ ...s, ...choice })).toThrow(sentence);
	});

	it('several devices without a link', () => {
		expect(() => of('apple-m4', 'qwen3-8b', { tp: 2 })).toThrow('no published link');
	});
});

describe('energy', () => {
	it('of a measured step of Qwen3 8B is within 20 %: 3.16 J and 2.84 J on two boards', () => {
		const joules = stepCost(of('h100-sxm', 'qwen3-8b')).joules!;
		expect(Math.abs(joules / 3 - 1)).toBeLessThan(0.2);
	});

	it('never passes the power limit, and is null where none is public', () => {
		const s = of('h100-sxm', 'qwen3-8b', { batch: 64, slots: 72 });
		const cost = stepCost(s);
		expect(cost.joules!).toBeLessThanOrEqual(700 * cost.ms * 1e-3 * (1 + 1e-9));
		expect(stepCost(of('tpu-v6e', 'qwen3-8b')).joules).toBeNull();
	});
});
