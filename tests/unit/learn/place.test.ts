import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialOf, readPlace, writePlace, type Spec } from '../../../src/lib/learn/place.ts';

const spec = {
	k: { initial: 4, min: 1, max: 16 },
	cost: { initial: 1.4, min: 1, max: 12, fraction: true },
	rule: { initial: 'check', options: ['check', 'trust'] }
} satisfies Spec;
const place = fc.record({
	k: fc.integer({ min: 1, max: 16 }),
	cost: fc.double({ min: 1, max: 12, noNaN: true }),
	rule: fc.constantFrom('check', 'trust')
});

test('what is written reads back, and defaults are not written', () => {
	fc.assert(
		fc.property(place, (p) => {
			const { place: back, corrections } = readPlace(spec, writePlace(spec, p));
			expect(back).toEqual(p);
			expect(corrections).toEqual([]);
		})
	);
	expect(writePlace(spec, initialOf(spec)).toString()).toBe('');
});

test('any query gives a state within the limits', () => {
	fc.assert(
		fc.property(fc.string(), fc.string(), fc.string(), (k, cost, rule) => {
			const { place: p } = readPlace(spec, new URLSearchParams({ k, cost, rule }));
			expect(p.k).toSatisfy((x: number) => Number.isInteger(x) && x >= 1 && x <= 16);
			expect(p.cost).toSatisfy((x: number) => x >= 1 && x <= 12);
			expect(spec.rule.options).toContain(p.rule);
		})
	);
});

test('what was changed is told', () => {
	const { place: p, corrections } = readPlace(spec, new URLSearchParams('k=99&rule=x&cost=2'));
	expect(p).toEqual({ k: 16, cost: 2, rule: 'check' });
	expect(corrections).toEqual([
		{ name: 'k', asked: '99', taken: '16' },
		{ name: 'rule', asked: 'x', taken: 'check' }
	]);
});
