import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	batchWhere,
	breakEvenAcceptance,
	claims,
	eagleSpeedup,
	expectedTokens,
	idleShare,
	speculativeSpeedup,
	stepRatio,
	tidarSpeedup,
	tidarTokens,
	weightTransfer
} from '../../../engine/cost/claims.ts';
import { slotsWithin } from '../../../engine/cost/index.ts';
import { of } from './helpers.ts';

describe('expectedTokens(acceptance, gamma)', () => {
	it('is Leviathan: 1 + a + ... + a^gamma', () => {
		expect(expectedTokens(0.5, 3)).toBeCloseTo(1 + 0.5 + 0.25 + 0.125, 12);
		expect(expectedTokens(0, 5)).toBe(1);
		expect(expectedTokens(1, 5)).toBe(6);
		expect(() => expectedTokens(1.2, 5)).toThrow('0..1');
	});

	it('agrees with counting accepted drafts', () => {
		fc.assert(
			fc.property(
				fc.double({ min: 0, max: 1, noNaN: true }),
				fc.integer({ min: 0, max: 20 }),
				(a, g) => {
					let sum = 0;
					for (let i = 0; i <= g; i++) sum += a ** i;
					expect(expectedTokens(a, g)).toBeCloseTo(sum, 6);
				}
			)
		);
	});

	it("Leviathan's example: a = 0.8, gamma = 5, c = 0.02 gives 3.35 times", () => {
		expect(speculativeSpeedup(0.8, 5, 0.02)).toBeCloseTo((1 - 0.8 ** 6) / 0.2 / 1.1, 12);
	});
});

describe('break-even', () => {
	it('the acceptance found earns exactly the step back', () => {
		const a = breakEvenAcceptance(8, 1.7)!;
		expect(tidarTokens(a, 8)).toBeCloseTo(1.7, 9);
		expect(breakEvenAcceptance(8, 1)).toBe(0);
		expect(breakEvenAcceptance(8, 9)).toBeNull();
	});
});

describe('the article', () => {
	it('140 GB over 3.35 TB/s: 42 ms, 24 tokens a second, but not in 80 GB', () => {
		const t = weightTransfer();
		expect(Math.round(t.ms)).toBe(42);
		expect(Math.round(t.tokensPerSecond)).toBe(24);
		expect(t.fits).toBe(false);
	});

	it('about 60 free tokens: Qwen3 32B lies on both sides of it, by kernel', () => {
		const s = of('h100-sxm', 'qwen3-32b');
		expect(slotsWithin(s, 1.1)).toBeLessThan(64);
		expect(slotsWithin({ ...s, kernels: 'ideal' }, 1.1)).toBeGreaterThan(64);
	});

	it('the matrix units idle for more than 99 % of a one-slot step', () => {
		expect(idleShare(of('h100-sxm', 'qwen3-8b'))).toBeGreaterThan(0.99);
	});
});

describe('the papers', () => {
	it.each(['tidar-1.5b', 'tidar-8b'] as const)(
		'%s: speed-up within 10 %% of the published',
		(id) => {
			const t = tidarSpeedup(id);
			expect(Math.abs(t.speedup / t.published - 1)).toBeLessThan(0.1);
			expect(t.withMeasuredKernels).toBeLessThan(t.speedup);
		}
	);

	it('EAGLE-3 gains at batch 1: each draft costs a few percent of a step', () => {
		const e = eagleSpeedup(of('h100-sxm', 'qwen3-8b'), 3.9);
		expect(e.draftCost).toBeGreaterThan(0.03);
		expect(e.draftCost).toBeLessThan(0.15);
		expect(e.speedup).toBeGreaterThan(1.5);
		expect(e.speedup).toBeLessThan(3.9);
	});

	it('at batch 32 a 72-slot step costs about 8.3 one-slot steps, as measured (72.5 over 8.7 ms)', () => {
		const ratio = stepRatio(of('h100-sxm', 'qwen3-8b', { batch: 32 }), 8);
		expect(Math.abs(ratio / (72.508 / 8.707) - 1)).toBeLessThan(0.1);
	});

	it('batchWhere(setup, slots, ratio) finds the first batch beyond a ratio', () => {
		const s = of('h100-sxm', 'qwen3-8b');
		const batch = batchWhere(s, 72, 1.5)!;
		expect(stepRatio({ ...s, batch }, 8)).toBeGreaterThan(1.5);
		expect(stepRatio({ ...s, batch: batch - 1 }, 8)).toBeLessThanOrEqual(1.5);
		expect(batchWhere(s, 72, 1e6, 4)).toBeNull();
	});
});

describe('claims()', () => {
	it('gives every claim a verdict that its number supports', () => {
		const all = claims();
		expect(new Set(all.map((c) => c.id)).size).toBe(all.length);
		for (const c of all) expect(Number.isFinite(c.derived), c.id).toBe(true);
		const value = (id: string) => all.find((c) => c.id === id)!;
		for (const id of ['tidar-1.5b', 'tidar-8b']) {
			expect(Math.abs(value(id).derived / value(id).statedValue - 1)).toBeLessThan(0.1);
			expect(value(id).verdict).toBe('holds');
		}
		expect(value('idle-share').derived).toBeGreaterThan(99);
		expect(value('idle-share').verdict).toBe('does not hold');
	});
});
