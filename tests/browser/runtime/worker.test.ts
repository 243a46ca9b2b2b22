import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, defaults, type Settings } from '../../../engine/decode/index.ts';
import { DecoderClient } from '../../../engine/protocol/client.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';

/** The worker of the site with the model of the site, on WebAssembly. */
const base = new URL('/models/tidar-smollm2-135m', location.href).href;
let workers = 0;
const client = new DecoderClient(() => {
	workers++;
	const address = new URL('./site.worker.ts', import.meta.url);
	return new Worker(address, { type: 'module' });
});
const settings: Settings = { ...defaults, decoder: 'ar', maxTokens: 4 };

async function answer(prompt: string, context: readonly number[] = [], signal?: AbortSignal) {
	const run = client.generate({ prompt, settings, context }, signal);
	let text = '';
	let events = 0;
	for (;;) {
		const { done, value } = await run.next();
		if (done) return { session: value, events, text };
		events++;
		text += value.text;
	}
}

beforeAll(async () => {
	await client.remove(base);
});
afterAll(async () => {
	await client.remove(base);
	client.close();
});

test(
	'a model comes, answers, goes on, is stored, and is removed',
	{ timeout: 300_000 },
	async () => {
		await expect(answer('Hi')).rejects.toMatchObject({ code: 'not-loaded' });
		const before = await client.stored(base);
		expect(before).toMatchObject({ bytes: 0 });

		// Broken off after the first bytes, and taken up again.
		const cancelled = new AbortController();
		await expect(
			client.load({ base, backend: 'wasm' }, () => cancelled.abort(), cancelled.signal)
		).rejects.toMatchObject({ code: 'cancelled' });

		const events: LoadEvent[] = [];
		const loaded = await client.load({ base, backend: 'wasm' }, (event) => events.push(event));
		expect(loaded.device).toMatchObject({ backend: 'wasm', precision: 'f32' });
		expect(loaded.reasons.map(({ code }) => code)).toEqual(
			crossOriginIsolated ? [] : ['no-threads']
		);
		const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
		expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
		expect(events.at(-1)).toEqual({ type: 'starting' });

		const { session, events: steps, text } = await answer('What is gravity?');
		expect(steps).toBe(session.steps.length);
		expect(answerOf(session)).toHaveLength(4);
		expect(text).not.toBe('');
		expect(session.text).toBe(text);
		expect(session.ending).toBe('max-tokens');

		const context = [...session.promptTokens, ...answerOf(session)];
		const { session: second } = await answer('And light?', context);
		expect(second.steps[0]!.start).toBe(context.length);

		const stop = new AbortController();
		stop.abort();
		expect((await answer('Hi', [], stop.signal)).session.ending).toBe('stopped');

		const stored = await client.stored(base);
		expect(stored.bytes).toBe(stored.total);
		await client.unload();
		await expect(answer('Hi')).rejects.toMatchObject({ code: 'not-loaded' });
		await client.remove(base);
		expect((await client.stored(base)).bytes).toBe(0);
		expect(workers).toBe(1);
	}
);

test('a worker that is closed fails its calls, and the next call starts another', async () => {
	const loading = client.load({ base, backend: 'wasm' });
	client.close();
	await expect(loading).rejects.toMatchObject({ code: 'worker' });
	expect((await client.stored(base)).total).toBeGreaterThan(80e6);
	expect(workers).toBe(2);
});
