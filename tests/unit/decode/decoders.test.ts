import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	decode,
	defaults,
	tokensPerPass,
	type Ending,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { layout } from '../../../engine/mask/index.ts';
import { randomTable, TableForward, type Table } from '../../fakes/table-forward.ts';

const MASK = 98;
const END = 99;

function model(table: Table, capacity = 200) {
	return new TableForward(table, { name: 'table', vocabulary: 12, mask: MASK, end: END, capacity });
}

async function run(
	forward: TableForward,
	prompt: number[],
	settings: Partial<Settings>,
	signal?: AbortSignal
) {
	const steps: Step[] = [];
	const decoder = decode(forward, prompt, { ...defaults, ...settings }, signal);
	for (;;) {
		const { done, value } = await decoder.next();
		if (done) return { steps, ending: value, emitted: steps.flatMap((step) => step.emitted) };
		steps.push(value as Step);
	}
}

const prompts = fc.array(fc.nat(11), { minLength: 1, maxLength: 6 });
const drafts = fc.integer({ min: 1, max: 16 });

describe('decode(forward, prompt, { decoder: tidar, beta: 1 }), greedy', () => {
	test('gives exactly the tokens of AR decoding, whatever the two halves say', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(),
				fc.double({ min: 0, max: 1, noNaN: true }),
				prompts,
				drafts,
				async (seed, agreement, prompt, k) => {
					const table = randomTable(12, seed, agreement);
					const wanted = await run(model(table), prompt, { decoder: 'ar', maxTokens: 20 });
					const got = await run(model(table), prompt, { decoder: 'tidar', k, maxTokens: 20 });
					expect(got.emitted).toEqual(wanted.emitted);
				}
			),
			{ numRuns: 60 }
		);
	});

	test('each step emits 1 to k tokens and the cache holds prompt and answer, no more', async () => {
		await fc.assert(
			fc.asyncProperty(fc.nat(), prompts, drafts, async (seed, prompt, k) => {
				const forward = model(randomTable(12, seed, 0.9));
				const { steps, emitted } = await run(forward, prompt, { k, maxTokens: 30 });
				for (const step of steps.slice(1)) {
					expect(step.emitted.length).toBeGreaterThanOrEqual(1);
					expect(step.emitted.length).toBeLessThanOrEqual(k);
				}
				expect(forward.cache).toEqual([...prompt, ...emitted]);
				expect(tokensPerPass(steps)).toBe(emitted.length / (steps.length - 1));
			}),
			{ numRuns: 40 }
		);
	});

	test('halves that agree accept every draft: k tokens a pass', async () => {
		const { steps } = await run(model(randomTable(12, 7, 1)), [1, 2], { k: 5, maxTokens: 25 });
		expect(steps.slice(1).map(({ emitted }) => emitted.length)).toEqual([5, 5, 5, 5, 5]);
		expect(steps[1]!.next).toMatchObject({ block: 5, first: 'bonus' });
	});

	test('the drafts of a step are the block that the last step chose, with the correction in front', async () => {
		const { steps } = await run(model(randomTable(12, 3, 0.6)), [1], { k: 4, maxTokens: 24 });
		steps.slice(1).forEach((step, i) => {
			expect(step.tokens.slice(0, 4)).toEqual(steps[i]!.next!.drafts);
			expect(step.next === undefined || step.next.block).toBe(
				step.next === undefined || step.emitted.length
			);
		});
	});

	test('k = 1 is AR with one mask that is never used', async () => {
		const { steps } = await run(model(randomTable(12, 5)), [4], { k: 1, maxTokens: 6 });
		expect(steps.slice(1).map(({ emitted }) => emitted.length)).toEqual([1, 1, 1, 1, 1, 1]);
		expect(layout(steps[1]!.layout).slots).toHaveLength(2);
	});
});

describe('endings', () => {
	/** Counts upwards; 5 is followed by the end token. Both halves agree. */
	const counting: Table = (context, mask = 1) => {
		const last = context.at(-1)! + mask;
		return Array.from({ length: 100 }, (_, token) => (token === (last > 5 ? END : last) ? 9 : 0));
	};

	test.each(['ar', 'tidar'] as const)(
		'%s: the end token ends the answer; drafts behind it are dropped',
		async (decoder) => {
			const forward = model(counting);
			const { emitted, ending, steps } = await run(forward, [1], { decoder, k: 8 });
			expect(emitted).toEqual([2, 3, 4, 5, END]);
			expect(ending).toBe('end-token');
			expect(forward.cache).toEqual([1, 2, 3, 4, 5, END]);
			expect(steps.at(-1)!.next).toBeUndefined();
		}
	);

	test.each(['ar', 'tidar'] as const)('%s: maxTokens is exact', async (decoder) => {
		const { emitted, ending } = await run(model(counting), [1], { decoder, k: 8, maxTokens: 3 });
		expect([emitted, ending]).toEqual([[2, 3, 4], 'max-tokens']);
	});

	test('a full cache ends the answer, and no slot ever passes it', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(),
				prompts,
				drafts,
				fc.constantFrom('ar' as const, 'tidar' as const),
				async (seed, prompt, k, decoder) => {
					const table = randomTable(12, seed, 0.8);
					const forward = model(table, prompt.length + 15);
					const { emitted, ending } = await run(forward, prompt, { decoder, k });
					expect(ending).toBe('cache-full' satisfies Ending);
					expect(emitted).toHaveLength(15);
					const free = await run(model(table), prompt, { decoder: 'ar', maxTokens: 15 });
					expect(emitted).toEqual(free.emitted);
				}
			),
			{ numRuns: 40 }
		);
	});

	test.each(['ar', 'tidar'] as const)(
		'%s: stopped between steps, the cache is what was emitted',
		async (decoder) => {
			const controller = new AbortController();
			const forward = model(randomTable(12, 11, 0.7));
			const steps: Step[] = [];
			const decoder_ = decode(forward, [1, 2, 3], { ...defaults, decoder }, controller.signal);
			for (;;) {
				const { done, value } = await decoder_.next();
				if (done) {
					expect(value).toBe('stopped');
					break;
				}
				steps.push(value as Step);
				if (steps.length === 4) controller.abort();
			}
			expect(forward.cache).toEqual([1, 2, 3, ...steps.flatMap(({ emitted }) => emitted)]);
		}
	);

	test('a second prompt goes on from the cache', async () => {
		const table = randomTable(12, 21, 0.7);
		const chat = model(table);
		const first = await run(chat, [1, 2], { k: 4, maxTokens: 9 });
		const second = await run(chat, [3, 4], { k: 4, maxTokens: 9 });
		const whole = await run(model(table), [1, 2, ...first.emitted, 3, 4], {
			decoder: 'ar',
			maxTokens: 9
		});
		expect(second.emitted).toEqual(whole.emitted);
		expect(second.steps[0]!.start).toBe(2 + 9);
	});
});

describe('trust diffusion (beta = 0), greedy', () => {
	test("draft 1 is the diffusion half's choice and goes unchecked", async () => {
		const { steps } = await run(model(randomTable(12, 2, 0.2)), [1, 2], {
			k: 4,
			beta: 0,
			maxTokens: 16
		});
		for (const [i, step] of steps.slice(1).entries()) {
			const before = steps[i]!;
			const plan = layout(before.layout);
			const firstMask = plan.slots.findIndex(
				({ block, region }) => region === 'mask' && block === before.next!.block
			);
			expect(step.tokens[0]).toBe(before.predictions[firstMask]!.tokens[0]);
			expect(step.verdicts[0]!.rule).toBe('unchecked');
		}
	});

	test('between the two, the first draft maximises the mixed logits', async () => {
		const table = randomTable(12, 8, 0.3);
		const { steps } = await run(model(table), [5], { k: 3, beta: 0.5, maxTokens: 3 });
		const ar = table([5]);
		const diffusion = table([5], 1);
		const mixed = ar.map((value, i) => value + diffusion[i]!);
		expect(steps[0]!.next).toMatchObject({ first: 'mixed' });
		expect(steps[0]!.next!.drafts[0]).toBe(mixed.indexOf(Math.max(...mixed)));
	});
});

describe('bad input', () => {
	test('an empty prompt and one that fills the cache are refused in a sentence', () => {
		expect(() => decode(model(randomTable(12, 1)), [], defaults)).toThrow('the prompt is empty');
		expect(() => decode(model(randomTable(12, 1), 4), [1, 2, 3, 4], defaults)).toThrow(
			'has 4 tokens, but only 4 positions'
		);
	});
});
