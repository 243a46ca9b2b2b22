import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prediction, top } from '../../../engine/runtime/top.ts';

test('top 5 and log-sum-exp equal those of a full sort; of equals the lower id comes first', () => {
	// Few different values, so that there are many ties.
	const logits = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 5, maxLength: 300 });
	fc.assert(
		fc.property(logits, (values) => {
			const row = Float32Array.from(values);
			const sorted = values.map((_, id) => id).sort((a, b) => values[b]! - values[a]! || a - b);
			const sum = values.reduce((total, value) => total + Math.exp(value), 0);
			const found = top(row);
			expect(found.tokens).toEqual(sorted.slice(0, 5));
			expect(found.logits).toEqual(sorted.slice(0, 5).map((id) => values[id]));
			expect(found.logSumExp).toBeCloseTo(Math.log(sum), 9);
			const exact = Math.exp(values[sorted[0]!]!) / sum;
			const [given] = prediction(found).probabilities;
			// Four significant digits: half a unit in the fourth at most.
			expect(Math.abs(given! / exact - 1)).toBeLessThanOrEqual(0.5001e-3);
		})
	);
});

test.each([NaN, Infinity])('a logit of %s is an error, not a prediction', (bad) => {
	const row = new Float32Array(100);
	row[50] = bad;
	expect(() => prediction(top(row))).toThrow(/not finite/);
});
