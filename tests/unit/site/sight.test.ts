import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	layout,
	prefillSpec,
	tidarSpec,
	visible,
	type Layout
} from '../../../engine/mask/index.ts';
import { groupsOf, piecesOf } from '../../../src/lib/decode/mask-groups.ts';
import { reasonFor, runsOf, stopsOf } from '../../../src/lib/decode/sight.ts';

const layouts = fc
	.record({ k: fc.integer({ min: 1, max: 6 }), prompt: fc.integer({ min: 0, max: 5 }) })
	.map(({ k, prompt }) => layout(prompt > 0 ? prefillSpec(prompt, k) : tidarSpec(k, k)));

test('runsOf(layout) covers what each slot sees, no more and no less', () => {
	fc.assert(
		fc.property(layouts, (plan) => {
			const seen = visible(plan);
			runsOf(plan).forEach((runs, row) => {
				const columns = runs.flatMap(([from, to]) =>
					Array.from({ length: to - from }, (_, i) => from + i)
				);
				expect(columns).toEqual(seen[row]);
			});
		})
	);
});

test('reasonFor(layout, row, column) says yes exactly where the mask does', () => {
	fc.assert(
		fc.property(layouts, (plan) => {
			const seen = visible(plan).map((columns) => new Set(columns));
			for (let row = 0; row < plan.slots.length; row++) {
				expect(reasonFor(plan, row, -1)).toEqual({ sees: true, why: 'cache' });
				for (let column = 0; column < plan.slots.length; column++) {
					expect(reasonFor(plan, row, column).sees).toBe(seen[row]!.has(column));
				}
			}
		})
	);
});

test('the reasons of a step with k = 2', () => {
	// Slots: draft 1, draft 2, block 1 (2, 3), block 2 (4, 5).
	const plan = layout(tidarSpec(2, 2));
	expect(reasonFor(plan, 1, 0)).toEqual({ sees: true, why: 'ancestor', draft: 1 });
	expect(reasonFor(plan, 0, 1)).toEqual({ sees: false, why: 'later' });
	expect(reasonFor(plan, 0, 3)).toEqual({ sees: false, why: 'mask' });
	expect(reasonFor(plan, 2, 3)).toEqual({ sees: true, why: 'own-block', block: 1 });
	expect(reasonFor(plan, 2, 1)).toEqual({ sees: false, why: 'not-in-case', block: 1, draft: 2 });
	expect(reasonFor(plan, 2, 4)).toEqual({ sees: false, why: 'other-block', block: 1 });
});

test('a walk along a row meets every reason, from left to right, and none twice in a row', () => {
	const why = (plan: Layout, row: number, column: number) =>
		JSON.stringify({ ...reasonFor(plan, row, column), draft: undefined });
	fc.assert(
		fc.property(layouts, fc.nat(), (plan, seed) => {
			const row = seed % plan.slots.length;
			const stops = stopsOf(plan, row, 3);
			expect(stops[0]).toBe(-1);
			expect(stops).toEqual([...stops].sort((a, b) => a - b));
			const all = plan.slots.map((_, column) => why(plan, row, column));
			expect(new Set(stops.slice(1).map((column) => why(plan, row, column)))).toEqual(new Set(all));
		})
	);
	// Draft 2 of a step with k = 2: draft 1, itself, and the two blocks that it does not see.
	expect(stopsOf(layout(tidarSpec(2, 2)), 1, 0)).toEqual([0, 1, 2, 4]);
});

test('a draft on another branch of a tree is not seen', () => {
	const plan = layout({ prompt: 0, parents: [0, 1, 1], blocks: [0, 0, 0, 0] });
	expect(reasonFor(plan, 2, 1)).toEqual({ sees: false, why: 'other-draft', draft: 2 });
});

test('piecesOf(run, groupsOf(layout)) cuts what is seen by region and block, and loses nothing', () => {
	fc.assert(
		fc.property(layouts, (plan) => {
			const groups = groupsOf(plan);
			expect(groups.flatMap(({ from, to }) => plan.slots.slice(from, to))).toEqual(plan.slots);
			for (const run of runsOf(plan).flat()) {
				const pieces = piecesOf(run, groups);
				for (const { from, to, region, block } of pieces) {
					for (const slot of plan.slots.slice(from, to))
						expect(slot).toMatchObject({ region, block });
				}
				expect([pieces[0]!.from, pieces.at(-1)!.to]).toEqual(run);
				pieces.slice(1).forEach(({ from }, i) => expect(from).toBe(pieces[i]!.to));
			}
		})
	);
});
