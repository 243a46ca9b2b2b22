import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
	begunOf,
	decode,
	defaults,
	resumptionAt,
	type Step
} from '../../../engine/decode/index.ts';
import {
	DecoderClient,
	decoderService,
	serve,
	type GenerateRequest,
	type LoadEvent
} from '../../../engine/protocol/index.ts';
import {
	loadModel,
	RuntimeError,
	type LoadedModel,
	type LoadOptions
} from '../../../engine/runtime/index.ts';
import type { WebSource } from '../../../engine/runtime/source.ts';
import { TextStream, Tokenizer, type TokenizerJson } from '../../../engine/tokenizer/index.ts';
import { parseSession } from '../../../src/lib/decode/parse.ts';
import { randomTable, TableForward } from '../../fakes/table-forward.ts';

const json = readFileSync(
	new URL('../../../static/models/tidar-smollm2-135m/tokenizer.json', import.meta.url),
	'utf8'
);
const tokenizer = new Tokenizer(JSON.parse(json) as TokenizerJson);
/** Not in the table's vocabulary: answers go on until they are ended. */
const END = 99;
const model = { name: 'table', vocabulary: 12, mask: 16, end: END, capacity: 400 };
const table = randomTable(12, 3, 0.7);
const settings = { ...defaults, k: 3, maxTokens: 12 };

interface Fake {
	/** Stands in for engine/runtime's loadModel. */
	load?: (options: LoadOptions) => Promise<LoadedModel>;
	forward?: TableForward;
	words?: Tokenizer;
}

/** A client whose worker is a port in this thread, over a fake model. */
function open({ load, forward = new TableForward(table, model), words = tokenizer }: Fake = {}) {
	let disposed = 0;
	const loaded = {
		forward,
		manifest: {
			name: 'table',
			checkpoint: { sha256: 'abc' },
			license: 'none',
			card: {},
			evaluation: null
		},
		tokenizer: json,
		device: { backend: 'wasm', precision: 'f32', name: 'CPU', versions: {} },
		reasons: [],
		lost: new Promise<never>(() => {}),
		dispose: async () => void disposed++
	} as unknown as LoadedModel;
	const simple = async ({ onProgress, onStart }: LoadOptions) => {
		onProgress?.({ done: 90, total: 90, stored: 0 });
		onStart?.();
		return loaded;
	};
	const workers: (EventTarget & { terminated: boolean })[] = [];
	const client = new DecoderClient(() => {
		const { port1, port2 } = new MessageChannel();
		serve(
			port2,
			decoderService(() => languageOf(words), load ?? simple)
		);
		const worker = Object.assign(new EventTarget(), {
			terminated: false,
			postMessage: (message: unknown) => port1.postMessage(message),
			terminate() {
				worker.terminated = true;
				port1.close();
			}
		});
		port1.addEventListener('message', ({ data }) =>
			worker.dispatchEvent(new MessageEvent('message', { data }))
		);
		port1.start();
		port2.start();
		workers.push(worker);
		return worker as never;
	});
	return { client, forward, workers, disposed: () => disposed };
}

const languageOf = (tokenizer: Tokenizer) => ({
	encodeChat: (message: string, where: { first: boolean; ended?: boolean }) =>
		tokenizer.encodeChat(message, where),
	piece: (token: number) => tokenizer.piece(token),
	isSpecial: (token: number) => tokenizer.isSpecial(token),
	stream: () => new TextStream()
});

const base = 'http://localhost/model/';

const answer = (client: DecoderClient, context: number[], prompt = 'Hi') =>
	drain(client, { prompt, settings, context });

async function drain(client: DecoderClient, request: GenerateRequest) {
	const steps: Step[] = [];
	const run = client.generate(request);
	for (;;) {
		const { done, value } = await run.next();
		if (done) return { session: value, steps, emitted: steps.flatMap(({ emitted }) => emitted) };
		steps.push(value.step);
	}
}

/** What AR would write behind these tokens. */
async function direct(tokens: number[]) {
	const emitted: number[] = [];
	const run = decode(new TableForward(table, model), tokens, { ...settings, decoder: 'ar' });
	for await (const step of run) emitted.push(...step.emitted);
	return emitted;
}

describe('client and service', () => {
	test('load tells of its progress and answers with the device', async () => {
		const { client } = open();
		const events: LoadEvent[] = [];
		expect(await client.load({ base }, (event) => events.push(event))).toMatchObject({
			identity: { name: 'table', weights: 'abc' },
			model: { capacity: 400 },
			device: { backend: 'wasm' }
		});
		expect(events.map(({ type }) => type)).toEqual(['progress', 'starting']);
	});

	test("an answer is the decoder's, step by step, each new token with its piece; the session sums it up", async () => {
		const { client } = open();
		await client.load({ base });
		const tokens = tokenizer.encodeChat('Hi', { first: true });
		expect(await client.count('Hi', [])).toBe(tokens.length);
		const pieces: Record<number, string> = {};
		const steps: Step[] = [];
		const run = client.generate({ prompt: 'Hi', settings, context: [] });
		let result = await run.next();
		for (; !result.done; result = await run.next()) {
			Object.assign(pieces, result.value.pieces);
			for (const token of result.value.step.tokens)
				expect(pieces[token]).toBe(tokenizer.piece(token));
			steps.push(result.value.step);
		}
		expect(steps.flatMap(({ emitted }) => emitted)).toEqual(await direct(tokens));
		expect(result.value).toMatchObject({
			version: 1,
			prompt: 'Hi',
			context: [],
			promptTokens: tokens,
			steps,
			pieces
		});
	});

	test('a second prompt continues the chat without computing anything twice', async () => {
		const { client, forward } = open();
		await client.load({ base });
		const first = await answer(client, []);
		const context = [...first.session.promptTokens, ...first.emitted];
		const passes = forward.passes.length;
		const second = await answer(client, context, 'And then?');
		const added = tokenizer.encodeChat('And then?', {
			first: false,
			ended: first.emitted.at(-1) === END
		});
		expect(second.steps[0]!.start).toBe(context.length);
		expect(forward.passes[passes]!.tokens.slice(0, added.length)).toEqual(added);
		expect(second.emitted).toEqual(await direct([...context, ...added]));
	});

	test("a second model drafts in every turn of a chat, whose cache follows the chat's; the text stays AR's", async () => {
		const other = randomTable(12, 4, 0.7);
		const drafting = new TableForward((context, mask) => {
			// Right for about half of all contexts.
			return context.length % 2 ? table(context, mask) : other(context, mask);
		}, model);
		const bases: string[] = [];
		const { client } = open({
			load: async ({ base }) => {
				bases.push(String((base as { base?: string }).base ?? base));
				const forward = bases.length === 1 ? new TableForward(table, model) : drafting;
				const manifest = { name: `model ${bases.length}`, checkpoint: { sha256: 'abc' } };
				return {
					forward,
					manifest,
					tokenizer: json,
					device: { backend: 'wasm', precision: 'f32', name: 'CPU', versions: {} },
					reasons: [],
					dispose: async () => undefined
				} as unknown as LoadedModel;
			}
		});
		await client.load({ base });
		const asked = { ...settings, decoder: 'speculative' as const };
		await expect(drain(client, { prompt: 'Hi', settings: asked, context: [] })).rejects.toThrow(
			/second, smaller model/
		);
		expect(await client.assist(`${base}draft/`)).toEqual({ name: 'model 2', weights: 'abc' });
		await client.assist(`${base}draft/`);
		expect(bases).toHaveLength(2);

		let context: number[] = [];
		for (const prompt of ['Hi', 'And then?', 'Why?']) {
			const { session, emitted, steps } = await drain(client, { prompt, settings: asked, context });
			expect(emitted).toEqual(await direct([...context, ...session.promptTokens]));
			expect(session.draft).toEqual({ name: 'model 2', weights: 'abc' });
			expect(steps.some(({ by }) => by === 'draft')).toBe(true);
			expect(parseSession(JSON.stringify(session))).toMatchObject({ ok: true });
			context = [...context, ...session.promptTokens, ...emitted];
			// What comes next decides what it has to hold.
			expect(drafting.length).toBeLessThanOrEqual(context.length);
		}
	});

	test('any context can be gone on from: what is shared with the cache is kept, the rest encoded', async () => {
		const { client } = open();
		await client.load({ base });
		const first = await answer(client, []);
		for (const context of [
			[...first.session.promptTokens, ...first.emitted.slice(0, 3)],
			[],
			[5, 6, 7, 8]
		]) {
			const branch = await answer(client, context, 'Go');
			const added = tokenizer.encodeChat('Go', { first: context.length === 0, ended: false });
			expect(branch.steps[0]!.start).toBe(context.length);
			expect(branch.emitted).toEqual(await direct([...context, ...added]));
		}
	});

	test('an answer goes on from any of its steps, with other settings, as if it had never stopped', async () => {
		const { client } = open();
		await client.load({ base });
		const { session, emitted } = await answer(client, []);
		for (const index of [0, 2, session.steps.length - 2]) {
			const resume = resumptionAt(session, index);
			const other = { ...settings, k: 2 };
			const branch = await drain(client, { prompt: 'Hi', settings: other, context: [], resume });
			expect(begunOf(branch.session)).toEqual(emitted.slice(0, resume.begun));
			const whole = [...begunOf(branch.session), ...branch.emitted];
			expect(whole.slice(0, emitted.length)).toEqual(emitted);
			expect(branch.session.text.startsWith(session.text)).toBe(true);
			expect(parseSession(JSON.stringify(branch.session))).toMatchObject({ ok: true });
		}
	});

	test('the fastest k is measured from passes, and the chat goes on after', async () => {
		const { client, forward } = open();
		await client.load({ base });
		const { session, emitted } = await answer(client, []);
		const run_ = forward.run.bind(forward);
		// Slots are free up to 20, then cost their number.
		forward.run = async (input) => ({
			...(await run_(input)),
			times: { total: Math.max(10, input.layout.slots.length - 10) }
		});
		const shape = await client.measure(false);
		expect(shape).toMatchObject({ decoder: 'tidar', basis: 'assumed', ar: { ms: 10 } });
		expect(shape!.k).toBe(4);
		forward.run = run_;
		const context = [...session.promptTokens, ...emitted];
		const again = await answer(client, context, 'And then?');
		expect(again.steps[0]!.start).toBe(context.length);
	});

	test('a stopped answer keeps its steps, and the chat can go on', async () => {
		const { client, forward } = open();
		await client.load({ base });
		// Passes as a device makes them: messages arrive in between.
		const run_ = forward.run.bind(forward);
		forward.run = (input) => new Promise((resolve) => setImmediate(() => resolve(run_(input))));
		const abort = new AbortController();
		const steps: Step[] = [];
		const run = client.generate(
			{ prompt: 'Hi', settings: { ...settings, maxTokens: 200 }, context: [] },
			abort.signal
		);
		let result = await run.next();
		for (; !result.done; result = await run.next()) {
			steps.push(result.value.step);
			if (steps.length === 3) abort.abort();
		}
		expect(result.value.ending).toBe('stopped');
		const context = [...result.value.promptTokens, ...steps.flatMap(({ emitted }) => emitted)];
		expect(forward.cache).toEqual(context);
		const next = await answer(client, context, 'Go on');
		expect(next.steps[0]!.start).toBe(context.length);
	});

	test('two answers at once wait for each other', async () => {
		const { client } = open();
		await client.load({ base });
		const [first, second] = await Promise.all([answer(client, []), answer(client, [])]);
		expect(second.emitted).toEqual(first.emitted);
	});
});

describe('what goes wrong is data with a code and a sentence', () => {
	test('no model, an empty prompt, one that is too long; and the next one works', async () => {
		const { client } = open();
		await expect(client.count('Hi', [])).rejects.toMatchObject({ code: 'not-loaded' });
		await client.load({ base });
		await expect(answer(client, [], ' \n')).rejects.toMatchObject({ code: 'empty-prompt' });
		await expect(answer(client, [], 'word '.repeat(20_000))).rejects.toMatchObject({
			code: 'prompt-too-long',
			message: expect.stringMatching(
				/^The prompt has \d+ tokens, but the model remembers 400\. Shorten it\.$/
			)
		});
		expect((await answer(client, [])).emitted.length).toBeGreaterThan(0);
	});

	test('a cancelled load ends as cancelled and can be started again', async () => {
		let tries = 0;
		const { client } = open({
			load: ({ signal }) =>
				new Promise((_resolve, reject) => {
					tries++;
					signal!.addEventListener('abort', () => reject(signal!.reason as Error));
				})
		});
		for (let i = 1; i <= 2; i++) {
			const abort = new AbortController();
			const loading = client.load({ base }, () => abort.abort(), abort.signal);
			abort.abort();
			await expect(loading).rejects.toMatchObject({ code: 'cancelled' });
		}
		expect(tries).toBeLessThanOrEqual(2);
	});

	test('after a lost device the model is unloaded, and loading it again heals', async () => {
		const broken = new TableForward(table, model);
		const { client, disposed } = open({ forward: broken });
		await client.load({ base });
		const run = broken.run.bind(broken);
		broken.run = () =>
			Promise.reject(
				new RuntimeError('device-lost', 'The GPU was taken away. Load the model again.')
			);
		await expect(answer(client, [])).rejects.toMatchObject({
			code: 'device-lost',
			message: /Load the model again/
		});
		expect(disposed()).toBe(1);
		await expect(answer(client, [])).rejects.toMatchObject({ code: 'not-loaded' });
		broken.run = run;
		await client.load({ base });
		expect((await answer(client, [])).emitted.length).toBeGreaterThan(0);
	});

	test('a crashed worker fails what waits, and the next call starts a new one', async () => {
		const { client, workers } = open();
		await client.load({ base });
		const run = answer(client, []);
		workers[0]!.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
		await expect(run).rejects.toMatchObject({
			code: 'worker',
			message: expect.stringContaining('out of memory')
		});
		await client.load({ base });
		expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
		expect((await answer(client, [])).emitted.length).toBeGreaterThan(0);
	});
});

describe('weights that a decoder has of its own', () => {
	const own = (name: string) =>
		fileURLToPath(new URL(`../../fixtures/beside/${name}`, import.meta.url));
	/** The tiny models that tests/parity/beside.test.ts holds to PyTorch, by the last part of their address. */
	const fromDisk = (options: LoadOptions) =>
		loadModel({
			...options,
			base: own(nameOf(options.base)),
			...(options.target !== undefined && { target: own(nameOf(options.target)) }),
			backend: 'wasm',
			threads: 1
		});
	const nameOf = (source: LoadOptions['base']) => (source as WebSource).base.split('/').at(-2)!;
	const words = new Tokenizer(
		JSON.parse(readFileSync(`${own('target')}/tokenizer.json`, 'utf8')) as TokenizerJson
	);
	const at = (name: string) => `http://localhost/${name}/`;
	const target = at('target');
	const ask = { prompt: 'Hi', context: [] };

	test('an EAGLE-3 head drafts, in a chat too, and the text is that of AR', async () => {
		const { client } = open({ load: fromDisk, words });
		await client.load({ base: target });
		const named = await client.accompany({ decoders: ['eagle3'], base: at('head'), target });
		expect(named).toEqual({ name: 'head', weights: '2'.repeat(64) });
		let context: number[] = [];
		for (const prompt of ['Hi', 'And?']) {
			const settled = { ...defaults, maxTokens: 6 };
			const ar = await drain(client, { prompt, context, settings: { ...settled, decoder: 'ar' } });
			const eagle = await drain(client, {
				prompt,
				context,
				settings: { ...settled, decoder: 'eagle3' }
			});
			expect(eagle.emitted).toEqual(ar.emitted);
			expect(eagle.steps.some(({ by }) => by === 'draft')).toBe(true);
			expect([ar.session.model.name, eagle.session.model.name]).toEqual(['target', 'head']);
			context = [...context, ...eagle.session.promptTokens, ...eagle.emitted];
		}
		client.close();
	});

	test('a diffusion model reads the chat so far as part of the prompt', async () => {
		const { client } = open({ load: fromDisk, words });
		await client.load({ base: target });
		await client.accompany({ decoders: ['llada', 'dream'], base: at('adapter'), target });
		const settings = { ...defaults, decoder: 'dream' as const, maxTokens: 6, perPass: 3 };
		const first = await drain(client, { ...ask, settings });
		const context = [...first.session.promptTokens, ...first.emitted];
		const second = await drain(client, { ...ask, context, settings });
		expect(second.session.model.name).toBe('adapter');
		expect(second.session.context).toEqual([]);
		expect(second.session.promptTokens.slice(0, context.length)).toEqual(context);
		expect(second.steps.map(({ tokens }) => tokens.slice(0, context.length))).toEqual(
			second.steps.map(() => context)
		);
		// Another decoder still runs on the model that was loaded.
		const ar = await drain(client, {
			...ask,
			settings: { ...defaults, decoder: 'ar', maxTokens: 2 }
		});
		expect(ar.session.model.name).toBe('target');
		client.close();
	});
});
