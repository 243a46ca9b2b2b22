import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdditiveMask, HIDDEN, layout, tidarSpec, visible } from '../../../engine/mask/index.ts';

test('k = 2 on 3 of 5 cached positions', () => {
	const h = HIDDEN;
	const { values } = new AdditiveMask(layout(tidarSpec(2)), 5).open(3);
	expect(rows(values, 11)).toEqual([
		[0, 0, 0, h, h, 0, h, h, h, h, h],
		[0, 0, 0, h, h, 0, 0, h, h, h, h],
		[0, 0, 0, h, h, 0, h, 0, 0, h, h],
		[0, 0, 0, h, h, 0, h, 0, 0, h, h],
		[0, 0, 0, h, h, 0, 0, h, h, 0, 0],
		[0, 0, 0, h, h, 0, 0, h, h, 0, 0]
	]);
});

test('a mask opened step by step equals one built anew, also when the cache shrinks', () => {
	fc.assert(
		fc.property(
			fc.integer({ min: 1, max: 6 }),
			fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
			(k, lengths) => {
				const plan = layout(tidarSpec(k));
				const mask = new AdditiveMask(plan, 20);
				for (const length of lengths) {
					mask.open(length);
					expect(mask.values).toEqual(new AdditiveMask(plan, 20).open(length).values);
					visible(plan).forEach((seen, row) => {
						const shown = Array.from(
							mask.values.slice(row * mask.columns, (row + 1) * mask.columns)
						);
						expect(shown.filter((value) => value === 0)).toHaveLength(length + seen.length);
					});
				}
			}
		),
		{ numRuns: 40 }
	);
});

test('more positions than the cache holds are refused', () => {
	expect(() => new AdditiveMask(layout(tidarSpec(1)), 4).open(5)).toThrow(
		'5 positions do not fit a cache of 4'
	);
});

const rows = (values: Float32Array, columns: number) =>
	Array.from({ length: values.length / columns }, (_, row) =>
		Array.from(values.slice(row * columns, (row + 1) * columns))
	);
