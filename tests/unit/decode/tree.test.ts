import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	decode,
	defaults,
	tokensPerPass,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { growTree } from '../../../engine/decode/growTree.ts';
import { layout } from '../../../engine/mask/index.ts';
import { randomTable, TableForward, type Table } from '../../fakes/table-forward.ts';

const model = (table: Table, capacity = 300) =>
	new TableForward(table, { name: 'table', vocabulary: 12, mask: 98, end: 99, capacity });

async function run(forward: TableForward, prompt: number[], settings: Partial<Settings>) {
	const steps: Step[] = [];
	const decoder = decode(forward, prompt, { ...defaults, ...settings });
	for (;;) {
		const { done, value } = await decoder.next();
		if (done) return { steps, ending: value, emitted: steps.flatMap(({ emitted }) => emitted) };
		steps.push(value as Step);
	}
}

const prompts = fc.array(fc.nat(11), { minLength: 1, maxLength: 6 });
const budgets = fc.integer({ min: 2, max: 120 });
const blocks = fc.integer({ min: 1, max: 8 });
const agreements = fc.double({ min: 0, max: 1, noNaN: true });

describe('decode(forward, prompt, { decoder: tidar-tree }), greedy', () => {
	test('gives exactly the tokens of AR decoding, whatever the two halves say, up to a full cache', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(),
				agreements,
				prompts,
				budgets,
				blocks,
				fc.integer({ min: 10, max: 60 }),
				async (seed, agreement, prompt, slots, k, capacity) => {
					const table = randomTable(12, seed, agreement);
					const settings = { decoder: 'tidar-tree', slots, k, maxTokens: 24 } as const;
					const wanted = await run(model(table, capacity), prompt, {
						decoder: 'ar',
						maxTokens: 24
					});
					const got = await run(model(table, capacity), prompt, settings);
					expect([got.emitted, got.ending]).toEqual([wanted.emitted, wanted.ending]);
				}
			),
			{ numRuns: 60 }
		);
	});

	test('a step has no more slots than its budget, emits its path, and leaves that alone in the cache', async () => {
		await fc.assert(
			fc.asyncProperty(fc.nat(), prompts, budgets, blocks, async (seed, prompt, slots, k) => {
				const forward = model(randomTable(12, seed, 0.8));
				const { steps, emitted } = await run(forward, prompt, {
					decoder: 'tidar-tree',
					slots,
					k,
					maxTokens: 30
				});
				for (const [i, step] of steps.entries()) {
					if (i === 0) continue;
					const plan = layout(step.layout);
					expect(plan.slots.length).toBeLessThanOrEqual(slots);
					expect(step.emitted.length).toBeGreaterThanOrEqual(1);
					expect(step.kept.map((slot) => step.tokens[slot])).toEqual(step.emitted);
					// Each kept slot's parent is the one kept before it.
					step.kept.forEach((slot, at) =>
						expect(plan.slots[slot]!.parent).toBe(at === 0 ? -1 : step.kept[at - 1])
					);
					const drafts = step.layout.parents.length;
					expect(step.tokens.slice(0, drafts)).toEqual(steps[i - 1]!.next!.drafts);
				}
				expect(forward.cache).toEqual([...prompt, ...emitted]);
			}),
			{ numRuns: 40 }
		);
	});

	test('where the second guess is often the right one, it brings more tokens than a chain of as many slots', async () => {
		// The diffusion half puts the AR half's token first or second, by turns.
		const ar = randomTable(12, 5);
		const best = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));
		const table: Table = (context, mask) => {
			if (mask === undefined) return ar(context);
			const path = [...context];
			for (let i = 1; i < mask; i++) path.push(best(ar(path)));
			const right = best(ar(path));
			const wrong = (right + 1) % 12;
			const [first, second] = path.length % 2 === 0 ? [right, wrong] : [wrong, right];
			return Array.from({ length: 12 }, (_, token) =>
				token === first ? 5 : token === second ? 4.5 : 0
			);
		};
		const settings = { k: 4, slots: 20, maxTokens: 60 } as const;
		const of = async (decoder: 'tidar' | 'tidar-tree') =>
			tokensPerPass((await run(model(table), [1, 2], { ...settings, decoder })).steps);
		expect(await of('tidar-tree')).toBeGreaterThan(1.2 * (await of('tidar')));
	});
});

describe('growTree(root, guesses, limits)', () => {
	const guess = (...probabilities: number[]) => ({
		tokens: probabilities.map((_, i) => 10 + i),
		probabilities
	});

	test('takes candidates by the chance that all of their path is right', () => {
		const guesses = [guess(1), guess(0.6, 0.3), guess(0.9, 0.05)];
		const { spec, tokens, probabilities } = growTree(7, guesses, { budget: 5, k: 8, room: 99 });
		// No room for a block: root, 0.6, 0.6 · 0.9, 0.3, 0.3 · 0.9.
		expect(spec.parents).toEqual([0, 1, 2, 1, 4]);
		expect(tokens).toEqual([7, 10, 10, 11, 10]);
		expect(probabilities).toEqual([1, 0.6, 0.9, 0.3, 0.9]);
		expect(spec.blocks.every((length) => length === 0)).toBe(true);
	});

	test('puts masks where the path is likely to end', () => {
		const guesses = [guess(1), guess(0.95, 0.01), guess(0.2, 0.1)];
		const { spec } = growTree(7, guesses, { budget: 8, k: 4, room: 99 });
		// Behind draft 2, which is nearly sure and whose successors are not.
		expect(spec.blocks[spec.parents.indexOf(1) + 1]).toBe(4);
		expect(spec.blocks[1]).toBe(0);
	});

	test('ends where the cache ends', () => {
		const guesses = [guess(1), guess(0.9), guess(0.9), guess(0.9)];
		const { spec } = growTree(7, guesses, { budget: 40, k: 4, room: 3 });
		const { slots } = layout(spec);
		expect(Math.max(...slots.map(({ offset }) => offset))).toBe(2);
	});

	test('without guesses there is the root, with its block', () => {
		expect(growTree(7, [], { budget: 72, k: 8, room: 99 }).spec).toEqual({
			prompt: 0,
			parents: [0],
			blocks: [0, 8]
		});
	});
});
