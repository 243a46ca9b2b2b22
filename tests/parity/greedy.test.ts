import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, decode, defaults, type Settings, type Step } from '../../engine/decode/index.ts';
import { loadForTests, prompts, tokenizer } from './model.ts';

/**
 * TiDAR under trust AR must give AR's very tokens, with the same weights. On a CPU slots are not free, so
 * `npm test` takes every tenth prompt and fewer tokens the larger k is; `npm run test:long` takes all 200
 * prompts and 64 tokens.
 */
const long = process.env.LONG === '1';
const chosen = long ? prompts : prompts.filter((_, i) => i % 10 === 0);
const lengths = long ? { 1: 64, 4: 64, 8: 64, 16: 64 } : { 1: 4, 4: 4, 8: 3, 16: 2 };

let model: Awaited<ReturnType<typeof loadForTests>>;
beforeAll(async () => {
	model = await loadForTests();
});
afterAll(() => model.dispose());

/** Answers a prompt, of which the cache holds the first `known` tokens. */
async function answer(prompt: number[], settings: Partial<Settings>, known = 0): Promise<number[]> {
	const { forward } = model;
	forward.truncate(known);
	const steps: Step[] = [];
	for await (const step of decode(forward, prompt.slice(known), { ...defaults, ...settings }))
		steps.push(step);
	return answerOf({ steps });
}

test('there are 200 prompts, all different', () => {
	expect(new Set(prompts).size).toBe(200);
});

describe("every further decoder that promises AR's tokens gives them", () => {
	test.each([
		{ decoder: 'tidar-tree', slots: 20, k: 4 },
		{ decoder: 'lookup', gamma: 4 }
	] as const)('$decoder, $slots slots', async (settings) => {
		for (const prompt of long ? prompts : chosen.slice(0, 3)) {
			const tokens = tokenizer.encodeChat(prompt, { first: true });
			const maxTokens = long ? 64 : 6;
			const wanted = await answer(tokens, { decoder: 'ar', maxTokens });
			const got = await answer(tokens, { ...settings, maxTokens }, tokens.length - 1);
			expect(got, prompt).toEqual(wanted);
		}
	});
});

describe('greedy TiDAR equals greedy AR', () => {
	test.each(chosen.map((prompt) => [prompt]))('%s', async (prompt) => {
		const tokens = tokenizer.encodeChat(prompt, { first: true });
		const wanted = await answer(tokens, {
			decoder: 'ar',
			maxTokens: Math.max(...Object.values(lengths))
		});
		expect(wanted.length).toBeGreaterThan(0);
		for (const [k, maxTokens] of Object.entries(lengths)) {
			// All but the last token of the prompt is in the cache from AR's answer, and need not be read again.
			const settings = { decoder: 'tidar', k: Number(k), maxTokens } as const;
			const got = await answer(tokens, settings, tokens.length - 1);
			expect(got, `k = ${k}`).toEqual(wanted.slice(0, maxTokens));
		}
	});
});
