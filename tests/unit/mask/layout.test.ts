import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	arSpec,
	layout,
	prefillSpec,
	slotOfDraft,
	slotsOfBlock,
	tidarSpec,
	visible,
	type LayoutSpec
} from '../../../engine/mask/index.ts';

/** Any tree of up to 12 drafts with blocks of up to 5 masks. */
const specs: fc.Arbitrary<LayoutSpec> = fc
	.record({
		prompt: fc.nat(6),
		parents: fc.array(fc.nat(), { maxLength: 12 }),
		blocks: fc.array(fc.nat(5), { maxLength: 13 })
	})
	.map(({ prompt, parents, blocks }) => ({
		prompt,
		parents: parents.map((parent, i) => parent % (i + 1)),
		blocks: blocks.slice(0, parents.length + 1)
	}));

describe('layout(tidarSpec(k))', () => {
	test('k = 8 takes 72 slots, k = 16 takes 272', () => {
		expect(layout(tidarSpec(8)).slots).toHaveLength(72);
		expect(layout(tidarSpec(16)).slots).toHaveLength(272);
	});

	test('k = 2, slot by slot', () => {
		expect(layout(tidarSpec(2)).slots).toEqual([
			{ region: 'draft', offset: 0, parent: -1, number: 1, block: -1 },
			{ region: 'draft', offset: 1, parent: 0, number: 2, block: -1 },
			{ region: 'mask', offset: 1, parent: 0, number: 1, block: 1 },
			{ region: 'mask', offset: 2, parent: 0, number: 2, block: 1 },
			{ region: 'mask', offset: 2, parent: 1, number: 1, block: 2 },
			{ region: 'mask', offset: 3, parent: 1, number: 2, block: 2 }
		]);
	});

	test('block j starts right behind draft j and holds k masks', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 16 }), (k) => {
				const plan = layout(tidarSpec(k));
				expect(plan.slots).toHaveLength(k + k * k);
				for (let j = 1; j <= k; j++) {
					const block = slotsOfBlock(plan, j).map((slot) => plan.slots[slot]!);
					expect(block.map(({ offset }) => offset)).toEqual(
						Array.from({ length: k }, (_, i) => j + i)
					);
					expect(
						block.every((slot) => slot.block === j && slot.parent === slotOfDraft(plan, j))
					).toBe(true);
				}
			})
		);
	});

	test('nothing lies beyond the room that is left', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 16 }), fc.nat(40), (k, room) => {
				const { slots } = layout(tidarSpec(k, k, room));
				expect(slots.every(({ offset }) => offset < room)).toBe(true);
				expect(slots.filter(({ region }) => region === 'draft')).toHaveLength(Math.min(k, room));
			})
		);
	});
});

describe('visible(layout)', () => {
	test('a draft sees the drafts up to itself; a mask sees the drafts before its block, and its block', () => {
		const plan = layout(tidarSpec(3));
		expect(visible(plan)).toEqual([
			[0],
			[0, 1],
			[0, 1, 2],
			...Array(3).fill([0, 3, 4, 5]),
			...Array(3).fill([0, 1, 6, 7, 8]),
			...Array(3).fill([0, 1, 2, 9, 10, 11])
		]);
	});

	test('a prefill is causal, and its masks see the whole prompt', () => {
		expect(visible(layout(prefillSpec(3, 2)))).toEqual([
			[0],
			[0, 1],
			[0, 1, 2],
			[0, 1, 2, 3, 4],
			[0, 1, 2, 3, 4]
		]);
	});

	test('plain autoregression is one slot that sees itself', () => {
		expect(visible(layout(arSpec))).toEqual([[0]]);
	});

	test('in any tree: a causal slot sees exactly its ancestors, one a position, and itself', () => {
		fc.assert(
			fc.property(specs, (spec) => {
				const { slots } = layout(spec);
				visible({ spec, slots }).forEach((seen, index) => {
					const slot = slots[index]!;
					expect(seen).toContain(index);
					if (slot.region === 'mask') return;
					expect(seen.every((i) => slots[i]!.region !== 'mask' && i <= index)).toBe(true);
					expect(seen.map((i) => slots[i]!.offset)).toEqual(
						Array.from({ length: slot.offset + 1 }, (_, i) => i)
					);
				});
			})
		);
	});

	test('in any tree: blocks do not see each other, and see what the draft before them sees', () => {
		fc.assert(
			fc.property(specs, (spec) => {
				const plan = layout(spec);
				const seen = visible(plan);
				plan.slots.forEach((slot, index) => {
					if (slot.region !== 'mask') return;
					const masks = seen[index]!.filter((i) => plan.slots[i]!.region === 'mask');
					expect(masks).toEqual(slotsOfBlock(plan, slot.block));
					expect(seen[index]!.filter((i) => !masks.includes(i))).toEqual(
						slot.parent < 0 ? [] : seen[slot.parent]
					);
				});
			})
		);
	});
});

describe('layout(spec) refuses', () => {
	test.each([
		['a parent that comes later', { prompt: 0, parents: [1], blocks: [] }, /draft 1 has parent 1/],
		[
			'more blocks than drafts',
			{ prompt: 0, parents: [0], blocks: [1, 1, 1] },
			/3 blocks, but only 1 drafts/
		],
		['half a mask', { prompt: 0, parents: [], blocks: [0.5] }, /whole/]
	])('%s', (_, spec, message) => {
		expect(() => layout(spec)).toThrow(message);
	});
});

describe('a canvas: prefillSpec(before, length) with a block of any length', () => {
	test('each canvas slot sees all tokens before it and the whole canvas; they see none of it', () => {
		fc.assert(
			fc.property(fc.nat(30), fc.integer({ min: 1, max: 200 }), (before, length) => {
				const plan = layout(prefillSpec(before, length));
				const all = Array.from({ length: before + length }, (_, slot) => slot);
				expect(plan.slots.map(({ offset }) => offset)).toEqual(all);
				visible(plan).forEach((seen, slot) => {
					expect(seen).toEqual(slot < before ? all.slice(0, slot + 1) : all);
				});
			}),
			{ numRuns: 40 }
		);
	});
});
