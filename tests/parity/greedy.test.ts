import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, decode, defaults, type Settings, type Step } from '../../engine/decode/index.ts';
import { loadForTests, prompts, tokenizer } from './model.ts';

/**
 * TiDAR under trust AR must give AR's very tokens, with the same weights. `npm test` takes every tenth
 * prompt and 24 tokens, `npm run test:long` all 200 and 64 tokens.
 */
const long = process.env.LONG === '1';
const chosen = long ? prompts : prompts.filter((_, i) => i % 10 === 0);
const maxTokens = long ? 64 : 24;

let model: Awaited<ReturnType<typeof loadForTests>>;
beforeAll(async () => {
	model = await loadForTests();
});
afterAll(() => model.dispose());

async function answer(prompt: number[], settings: Partial<Settings>): Promise<number[]> {
	model.forward.truncate(0);
	const steps: Step[] = [];
	for await (const step of decode(model.forward, prompt, { ...defaults, ...settings, maxTokens }))
		steps.push(step);
	return answerOf({ steps });
}

test('there are 200 prompts, all different', () => {
	expect(new Set(prompts).size).toBe(200);
});

describe(`greedy TiDAR, k = 1, 4, 8, 16, equals greedy AR over ${maxTokens} tokens`, () => {
	test.each(chosen.map((prompt) => [prompt]))('%s', async (prompt) => {
		const tokens = tokenizer.encodeChat(prompt, { first: true });
		const wanted = await answer(tokens, { decoder: 'ar' });
		expect(wanted.length).toBeGreaterThan(0);
		for (const k of [1, 4, 8, 16]) {
			expect(await answer(tokens, { decoder: 'tidar', k }), `k = ${k}`).toEqual(wanted);
		}
	});
});
