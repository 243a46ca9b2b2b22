import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokensPerPass } from '../../../engine/decode/index.ts';
import {
	acceptanceByPlace,
	acceptanceOfLengths,
	acceptanceRate,
	cutYield,
	expectedYield
} from '../../../src/lib/decode/acceptance.ts';
import { makeSession } from './fixture.ts';

test('expectedYield(a, k) is the mean of a geometric length cut at k', () => {
	fc.assert(
		fc.property(
			fc.double({ min: 0, max: 1, noNaN: true }),
			fc.integer({ min: 1, max: 16 }),
			(a, k) => {
				// The pass yields n < k tokens with probability a^(n-1) (1-a), else k.
				let mean = k * a ** (k - 1);
				for (let n = 1; n < k; n++) mean += n * a ** (n - 1) * (1 - a);
				expect(expectedYield(a, k)).toBeCloseTo(mean, 8);
			}
		)
	);
});

test('acceptanceByPlace(steps) counts verdicts; uncut, cutYield is tokens a pass', async () => {
	for (const decoder of ['tidar', 'tidar-tree', 'lookup'] as const) {
		const { steps } = await makeSession({ decoder, k: 5 }, { agreement: 0.6 });
		const rows = acceptanceByPlace(steps);
		const tested = steps.flatMap(({ verdicts }) => verdicts.slice(1));
		expect(rows.reduce((sum, row) => sum + row.tested, 0)).toBe(tested.length);
		expect(rows.reduce((sum, row) => sum + row.accepted, 0)).toBe(
			tested.filter(({ accepted }) => accepted).length
		);
		// A place is tested only where the one before it was right.
		rows.slice(1).forEach((row, i) => expect(row.tested).toBeLessThanOrEqual(rows[i]!.accepted));
		expect(cutYield(steps, 99)).toBeCloseTo(tokensPerPass(steps), 12);
		expect(cutYield(steps, 1)).toBe(1);
	}
	const { steps } = await makeSession({ decoder: 'block' });
	expect(acceptanceByPlace(steps)).toEqual([]);
});

test('acceptanceOfLengths(counts): lengths 1 to 3 of 6, 3 and 1 passes', () => {
	const rows = acceptanceOfLengths([6, 3, 1]);
	expect(rows).toEqual([
		{ place: 2, tested: 10, accepted: 4 },
		{ place: 3, tested: 4, accepted: 1 }
	]);
	expect(acceptanceRate(rows)).toBeCloseTo(5 / 14, 12);
});
