import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AdditiveMask, layout, prefillSpec, tidarSpec } from '../../../engine/mask/index.ts';

interface Golden {
	cached: number;
	positions: number[];
	mask: string[];
}

/** The masks that the training code makes (engine/train); both halves of the project must agree. */
const golden = JSON.parse(
	readFileSync(new URL('../../fixtures/parity/mask-k4.json', import.meta.url), 'utf8')
) as { k: number; prompt: number; prefill: Golden; step: Golden };

describe('mask and positions are those of engine/train', () => {
	test.each([
		['prefill', prefillSpec(golden.prompt, golden.k), golden.prefill],
		['step', tidarSpec(golden.k), golden.step]
	] as const)('%s, k = 4', (_, spec, { cached, positions, mask }) => {
		const plan = layout(spec);
		expect(plan.slots.map(({ offset }) => cached + offset)).toEqual(positions);
		const { values, columns, rows } = new AdditiveMask(plan, cached).open(cached);
		const drawn = Array.from({ length: rows }, (_, row) =>
			Array.from(values.slice(row * columns, (row + 1) * columns), (value) =>
				value === 0 ? '#' : '.'
			).join('')
		);
		expect(drawn).toEqual(mask);
	});
});
