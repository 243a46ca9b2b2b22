import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	accepts,
	argmax,
	distribution,
	draw,
	mix,
	random,
	residual
} from '../../../engine/sampler/index.ts';

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
	minLength: 1,
	maxLength: 30
});

describe('argmax(values)', () => {
	test('of equal values the first', () => expect(argmax([1, 3, 3, 2])).toBe(1));
});

describe('distribution(logits, temperature, topP)', () => {
	test('by hand: logits ln 1, ln 2, ln 5', () => {
		const p = distribution([Math.log(1), Math.log(2), Math.log(5)], 1);
		expect(Array.from(p)).toEqual([1 / 8, 2 / 8, 5 / 8].map((value) => expect.closeTo(value, 12)));
	});

	test('by hand: top-p 0.8 of 1/8, 2/8, 5/8 keeps the two likeliest, as 2/7 and 5/7', () => {
		const p = distribution([Math.log(1), Math.log(2), Math.log(5)], 1, 0.8);
		expect(Array.from(p)).toEqual([0, expect.closeTo(2 / 7, 12), expect.closeTo(5 / 7, 12)]);
	});

	test('temperature 0.5 squares the odds', () => {
		const p = distribution([0, Math.log(3)], 0.5);
		expect(p[1]! / p[0]!).toBeCloseTo(9, 10);
	});

	test('sums to 1 and keeps at least top-p', () => {
		fc.assert(
			fc.property(
				logits,
				fc.double({ min: 0.1, max: 3, noNaN: true }),
				fc.double({ min: 0.01, max: 1, noNaN: true }),
				(values, t, topP) => {
					const cut = distribution(values, t, topP);
					const whole = distribution(values, t);
					expect(cut.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
					const mass = whole.reduce((sum, p, i) => (cut[i]! > 0 ? sum + p : sum), 0);
					expect(mass).toBeGreaterThanOrEqual(topP - 1e-9);
				}
			)
		);
	});

	test.each([0, -1, NaN])('refuses temperature %s', (t) => {
		expect(() => distribution([1], t)).toThrow(RangeError);
	});
});

describe('mix(ar, diffusion, beta)', () => {
	test('by hand', () => expect(Array.from(mix([4, 0], [0, 8], 0.25))).toEqual([1, 6]));
});

describe('draw(p, u)', () => {
	test('takes the token in whose share u falls', () => {
		const p = Float64Array.of(0.2, 0, 0.8);
		expect([0, 0.19, 0.2, 0.99].map((u) => draw(p, u))).toEqual([0, 0, 2, 2]);
	});

	test('never a token of probability 0, even where rounding leaves the sum below u', () => {
		expect(draw(Float64Array.of(0.5, 0.4999, 0), 0.99999)).toBe(1);
	});
});

describe('accepts(p, q, token, u) and residual(p, q)', () => {
	const p = Float64Array.of(0.5, 0.3, 0.2);
	const q = Float64Array.of(0.2, 0.6, 0.2);

	test('by hand: ratio 0.5 accepts u = 0.49 and rejects 0.5; a ratio above 1 always accepts', () => {
		expect(accepts(p, q, 1, 0.49)).toBe(true);
		expect(accepts(p, q, 1, 0.5)).toBe(false);
		expect(accepts(p, q, 0, 0.999)).toBe(true);
	});

	test('by hand: only token 0 has more under p', () => {
		expect(Array.from(residual(p, q))).toEqual([1, 0, 0]);
	});

	test('equal distributions leave p', () => expect(residual(p, p)).toEqual(p));

	test('accepting from q or redrawing from the residual is p, for any p and q', () => {
		fc.assert(
			fc.property(logits, fc.nat(), (values, seed) => {
				const next = random(seed);
				const p = distribution(values, 1);
				const q = distribution(
					values.map((value) => value + 4 * next()),
					1
				);
				const accepted = Array.from(q, (share, token) => Math.min(share, p[token]!));
				const rejected = 1 - accepted.reduce((a, b) => a + b, 0);
				const rest = residual(p, q);
				accepted.forEach((mass, token) => {
					expect(mass + Math.max(0, rejected) * rest[token]!).toBeCloseTo(p[token]!, 9);
				});
			})
		);
	});
});

describe('random(seed)', () => {
	test('the same numbers for the same seed, others for another', () => {
		const take = (seed: number) => Array.from({ length: 5 }, random(seed));
		expect(take(1)).toEqual(take(1));
		expect(take(1)).not.toEqual(take(2));
	});

	test('means one half over 100,000 draws, within four standard errors', () => {
		const next = random(42);
		let sum = 0;
		for (let i = 0; i < 1e5; i++) sum += next();
		expect(Math.abs(sum / 1e5 - 0.5)).toBeLessThan((4 * Math.sqrt(1 / 12)) / Math.sqrt(1e5));
	});
});
