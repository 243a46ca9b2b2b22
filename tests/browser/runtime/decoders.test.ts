import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, defaults, type Settings } from '../../../engine/decode/index.ts';
import { DecoderClient } from '../../../engine/protocol/client.ts';
import { offered } from '../../../src/lib/decode/dials.ts';
import { lossless } from '../../../src/lib/race/lanes.ts';

/** The worker of the site, with random weights in place of the model, and of the one that drafts for it. */
const base = new URL('/tests/fixtures/tiny-model', location.href).href;
const client = new DecoderClient(
	() => new Worker(new URL('./site.worker.ts', import.meta.url), { type: 'module' })
);

async function answer(changes: Partial<Settings>, stopAfter = Infinity) {
	const settings = { ...defaults, k: 4, maxTokens: 16, ...changes };
	const stop = new AbortController();
	const run = client.generate({ prompt: 'Go.', context: [], settings }, stop.signal);
	for (let steps = 1; ; steps++) {
		const { done, value } = await run.next();
		if (done) return value;
		if (steps === stopAfter) stop.abort();
	}
}

beforeAll(async () => {
	await client.load({ base, backend: 'wasm' });
}, 120_000);
afterAll(async () => {
	await client.remove(base);
	client.close();
});

/** A head rests on the weights that it was trained for (beside.test.ts). */
const onItsOwn = offered.filter((decoder) => decoder !== 'eagle3');

test('every decoder of the page writes 16 tokens in the browser; the lossless ones write what AR writes', async () => {
	await expect(answer({ decoder: 'speculative' })).rejects.toThrow(/second, smaller model/);
	const identity = await client.assist(base);
	const ar = answerOf(await answer({ decoder: 'ar' }));
	expect(ar).toHaveLength(16);
	for (const decoder of onItsOwn) {
		const session = await answer({ decoder });
		expect(session.ending, decoder).toBe('max-tokens');
		if (lossless.includes(decoder)) expect(answerOf(session), decoder).toEqual(ar);
		else expect(answerOf(session), decoder).toHaveLength(16);
		if (decoder === 'speculative') expect(session.draft).toEqual(identity);
		else expect(session.draft).toBeUndefined();
	}
}, 120_000);

test('a model that drafts what it would say itself is always right: gamma + 1 tokens a pass', async () => {
	await client.assist(base);
	const { steps } = await answer({ decoder: 'speculative', gamma: 3 });
	const own = steps.filter(({ kind, by }) => kind === 'decode' && by !== 'draft');
	expect(own.map(({ emitted }) => emitted.length)).toEqual([4, 4, 4, 4]);
}, 120_000);

test('stopped after any step, every decoder leaves a model that answers the same again', async () => {
	await client.assist(base);
	const ar = answerOf(await answer({ decoder: 'ar' }));
	for (const decoder of onItsOwn) {
		for (const after of [1, 3]) {
			const stopped = await answer({ decoder, maxTokens: 400 }, after);
			expect(stopped.ending, decoder).toBe('stopped');
		}
		expect(answerOf(await answer({ decoder: 'ar' })), decoder).toEqual(ar);
	}
}, 120_000);
