import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assumedYield, bestShape, bestTree } from '../../../engine/decode/bestShape.ts';

const yields = [
	{ k: 4, tokensPerPass: 2.2 },
	{ k: 8, tokensPerPass: 2.4 },
	{ k: 16, tokensPerPass: 2.5 }
];

test('free slots: the k with most tokens a pass, but no larger than pays', () => {
	const steps = [1, 4, 8, 16].map((k) => ({ k, ms: 5 }));
	const choice = bestShape(5, steps, yields);
	expect(choice.decoder).toBe('tidar');
	// 2.4625 at k = 13 is the first within 2 % of the 2.5 at k = 16.
	expect(choice.k).toBe(12);
	expect(choice.overAr).toBeCloseTo(2.45);
	expect(choice.basis).toBe('evaluated');
	expect(choice.options).toHaveLength(16);
	expect(choice.options.at(-1)).toEqual({
		k: 16,
		slots: 272,
		ms: 5,
		tokensPerPass: 2.5,
		tokensPerSecond: 500
	});
});

test('slots that cost their share: AR', () => {
	const steps = [1, 4, 8, 16].map((k) => ({ k, ms: 5 * (k + k * k) }));
	const choice = bestShape(5, steps, yields);
	expect(choice.decoder).toBe('ar');
	expect(choice.overAr).toBeLessThanOrEqual(1);
});

test('a step of slots between: the k that fits', () => {
	// A GPU on which 20 slots cost as much as one and 72 twice that.
	const steps = [
		{ k: 8, ms: 8 },
		{ k: 1, ms: 4 },
		{ k: 4, ms: 4 }
	];
	const choice = bestShape(4, steps, yields);
	expect(choice.k).toBe(4);
	expect(choice.options.map(({ ms }) => ms)).toEqual([4, 4, 4, 4, 5, 6, 7, 8]);
	expect(choice.overAr).toBeCloseTo(2.2);
});

test('without an evaluation T/NFE is assumed, and said to be', () => {
	const choice = bestShape(5, [{ k: 2, ms: 5 }], null);
	expect(choice.basis).toBe('assumed');
	expect(choice.options[0]!.tokensPerPass).toBeCloseTo(1.6);
	expect(bestShape(5, [{ k: 2, ms: 5 }], []).basis).toBe('assumed');
	expect(assumedYield(1)).toBeCloseTo(1);
});

test('what cannot be a time is refused', () => {
	expect(() => bestShape(0, [{ k: 1, ms: 1 }], null)).toThrow(/0 ms/);
	expect(() => bestShape(1, [{ k: 1, ms: NaN }], null)).toThrow(/NaN/);
	expect(() => bestShape(1, [], null)).toThrow(/no step/);
});

test('the choice is within the noise of the best option, and the smallest such', () => {
	const time = fc.double({ min: 0.1, max: 100, noNaN: true });
	fc.assert(
		fc.property(time, fc.array(time, { minLength: 1, maxLength: 16 }), (ar, ms) => {
			const choice = bestShape(
				ar,
				ms.map((ms, i) => ({ k: i + 1, ms })),
				null
			);
			const most = Math.max(...choice.options.map(({ tokensPerSecond }) => tokensPerSecond));
			const good = choice.options.filter(({ tokensPerSecond }) => tokensPerSecond >= most * 0.98);
			expect(choice.k).toBe(good[0]!.k);
			expect(choice.decoder === 'tidar').toBe(choice.overAr > 1);
		})
	);
});

const trees = [
	{ slots: 72, k: 8, tokensPerPass: 3 },
	{ slots: 20, k: 4, tokensPerPass: 2.5 },
	{ slots: 225, k: 8, tokensPerPass: 3.6 }
];

test('bestTree: free slots take the tree that gives most, dear ones a small one', () => {
	const of = (ms: (slots: number) => number, ks = [1, 4, 8, 16]) =>
		bestTree(
			bestShape(
				ms(1),
				ks.map((k) => ({ k, ms: ms(k + k * k) })),
				yields
			),
			trees
		);
	const free = of(() => 4);
	expect(free).toMatchObject({ slots: 225, k: 8, ms: 4 });
	expect(free!.overAr).toBeCloseTo(3.6);
	expect(free!.tokensPerSecond).toBeCloseTo(900);
	expect(of((slots) => 4 + slots / 10)).toMatchObject({ slots: 20, ms: 6 });
	// What was not measured is not promised.
	expect(of(() => 4, [1, 4, 8])).toMatchObject({ slots: 72 });
	expect(of(() => 4, [1])).toBeUndefined();
	// Of equal ones the smallest.
	expect(
		bestTree(bestShape(4, [{ k: 16, ms: 4 }], yields), [...trees, { ...trees[2]!, slots: 150 }])
	).toMatchObject({ slots: 150 });
});
