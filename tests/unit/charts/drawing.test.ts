import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyed, type Mark } from '../../../src/lib/charts/drawing.ts';

const place = fc.integer({ min: 0, max: 3 });
const mark: fc.Arbitrary<Mark> = fc.oneof(
	fc.record({ type: fc.constant('path' as const), d: fc.constantFrom('M0 0', 'M1 1') }),
	fc.record({
		type: fc.constant('text' as const),
		x: place,
		y: place,
		text: fc.constantFrom('a', 'b')
	})
);
const dot = fc.record({
	type: fc.constant('dot' as const),
	key: fc.constantFrom('p', 'q', 'r'),
	x: place,
	y: place,
	r: fc.constant(4),
	shape: fc.constant('circle' as const)
});
/** A drawing: any paths and texts, and dots of different names, mixed. */
const drawing: fc.Arbitrary<Mark[]> = fc
	.tuple(fc.array(mark), fc.uniqueArray(dot, { selector: ({ key }) => key }))
	.chain(([marks, dots]) => fc.shuffledSubarray([...marks, ...dots], { minLength: 0 }));

describe('keyed(marks, before)', () => {
	test('names every mark once and keeps their order', () => {
		fc.assert(
			fc.property(drawing, drawing, (first, then) => {
				const items = keyed(then, keyed(first));
				expect(items.map(({ mark }) => mark)).toEqual(then);
				expect(new Set(items.map(({ key }) => key)).size).toBe(then.length);
			})
		);
	});

	test('a drawing that is made again leaves every object as it was', () => {
		fc.assert(
			fc.property(drawing, (marks) => {
				const before = keyed(marks);
				const again = keyed(structuredClone(marks), before);
				again.forEach((item, i) => expect(item).toBe(before[i]));
			})
		);
	});

	test('only the mark that moved is another object', () => {
		const marks: Mark[] = [
			{ type: 'path', d: 'M0 0' },
			{ type: 'text', x: 0, y: 0, text: 'a' },
			{ type: 'dot', key: 'now', x: 1, y: 1, r: 4, shape: 'circle' }
		];
		const before = keyed(marks);
		const after = keyed(
			marks.map((mark) => (mark.type === 'dot' ? { ...mark, x: 2 } : { ...mark })),
			before
		);
		expect(after.map((item, i) => item === before[i])).toEqual([true, true, false]);
	});
});
