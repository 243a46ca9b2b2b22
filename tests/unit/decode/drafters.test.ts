import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	decode,
	defaults,
	tokensPerPass,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { continuation } from '../../../engine/decode/lookup.ts';
import {
	FeatureTableForward,
	randomTable,
	TableForward,
	TableHead,
	type Table
} from '../../fakes/table-forward.ts';

const V = 12;
const END = 99;
const info = (capacity = 200) => ({
	name: 'table',
	vocabulary: V,
	mask: 98,
	end: END,
	capacity
});
const decoders = ['speculative', 'eagle3', 'lookup'] as const;
type Drafting = (typeof decoders)[number];

/** Agrees with `table` in about `share` of all contexts. */
const roughly = (table: Table, share: number, other = randomTable(V, 1234)): Table => {
	const coin = randomTable(1, 99);
	return (context) => (coin(context)[0]! < 3 * share ? table(context) : other(context));
};

function cast(table: Table, drafts: Table, capacity = 200) {
	return {
		forward: new FeatureTableForward(table, info(capacity)),
		draft: new TableForward(drafts, info(capacity)),
		head: new TableHead(drafts)
	};
}

async function run(
	{ forward, draft, head }: ReturnType<typeof cast>,
	prompt: number[],
	settings: Partial<Settings>,
	stopAfter = Infinity
) {
	const controller = new AbortController();
	const steps: Step[] = [];
	const all = { ...defaults, ...settings };
	const decoder = decode(forward, prompt, all, controller.signal, { draft, head });
	for (;;) {
		const { done, value } = await decoder.next();
		if (done) return { steps, ending: value, emitted: steps.flatMap(({ emitted }) => emitted) };
		steps.push(value);
		if (steps.length === stopAfter) controller.abort();
	}
}

const scenes = fc.record({
	seed: fc.nat(),
	agreement: fc.double({ min: 0, max: 1, noNaN: true }),
	prompt: fc.array(fc.nat(V - 1), { minLength: 1, maxLength: 6 }),
	gamma: fc.integer({ min: 1, max: 16 }),
	decoder: fc.constantFrom(...decoders)
});
type Scene = typeof scenes extends fc.Arbitrary<infer S> ? S : never;
const stage = ({ seed, agreement }: Scene, capacity?: number) => {
	const table = randomTable(V, seed);
	return cast(table, roughly(table, agreement), capacity);
};
const verifying = (steps: readonly Step[]) =>
	steps.filter(({ kind, by }) => kind === 'decode' && by !== 'draft');

describe('decode(forward, prompt, { decoder: speculative | eagle3 | lookup }), greedy', () => {
	test('gives exactly the tokens of AR decoding, whatever the drafter says', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, gamma, decoder } = scene;
				const wanted = await run(stage(scene), prompt, { decoder: 'ar', maxTokens: 20 });
				const got = await run(stage(scene), prompt, { decoder, gamma, maxTokens: 20 });
				expect(got.emitted).toEqual(wanted.emitted);
				expect(got.ending).toBe('max-tokens');
			}),
			{ numRuns: 60 }
		);
	});

	test('a round emits 1 to gamma + 1 tokens, computes no slot in vain at the end, and keeps what it emits', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, gamma, decoder } = scene;
				const actors = stage(scene);
				const { steps, emitted } = await run(actors, prompt, { decoder, gamma, maxTokens: 17 });
				let count = 0;
				for (const step of verifying(steps)) {
					expect(step.emitted.length).toBeGreaterThanOrEqual(1);
					expect(step.emitted.length).toBeLessThanOrEqual(gamma + 1);
					expect(step.tokens.length).toBeLessThanOrEqual(17 - count);
					count += step.emitted.length;
				}
				expect(steps.map(({ index }) => index)).toEqual([...steps.keys()]);
				expect(actors.forward.cache).toEqual([...prompt, ...emitted]);
				expect(tokensPerPass(steps)).toBe(17 / verifying(steps).length);
			}),
			{ numRuns: 40 }
		);
	});

	test.each(['speculative', 'eagle3'] as const)(
		'%s: a drafter that agrees has all its drafts accepted, and each pass of it is a step',
		async (decoder) => {
			const table = randomTable(V, 7);
			const { steps } = await run(cast(table, table), [1, 2], {
				decoder,
				gamma: 4,
				maxTokens: 20
			});
			expect(verifying(steps).map(({ emitted }) => emitted.length)).toEqual([5, 5, 5, 5]);
			expect(steps.filter(({ by }) => by === 'draft')).toHaveLength(16);
			expect(steps.find(({ emitted }) => emitted.length > 0)!.next!.first).toBe('bonus');
		}
	);

	test('speculative: what the draft model reads is the text, at the positions of the text', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, gamma } = scene;
				const actors = stage(scene);
				const { steps, emitted } = await run(actors, prompt, {
					decoder: 'speculative',
					gamma,
					maxTokens: 15
				});
				const text = [...prompt, ...emitted];
				const cache: number[] = [];
				for (const step of steps) {
					if (step.by !== 'draft') continue;
					expect(step.start).toBeLessThanOrEqual(cache.length);
					cache.length = step.start;
					cache.push(...step.tokens);
				}
				// Its last drafts may have been wrong; everything before them is the text.
				const settled = Math.max(0, cache.length - gamma);
				expect(cache.slice(0, settled)).toEqual(text.slice(0, settled));
			}),
			{ numRuns: 40 }
		);
	});

	test('eagle3: each row is the true feature of a position and the token behind it, or its own state', async () => {
		const table = randomTable(V, 5);
		const actors = cast(table, roughly(table, 0.6));
		const { emitted } = await run(actors, [3, 1], { decoder: 'eagle3', gamma: 3, maxTokens: 16 });
		const text = [3, 1, ...emitted];
		for (const rows of actors.head.passes) {
			for (const { feature, token } of rows) {
				if (feature.of === 'head') {
					expect(rows).toHaveLength(1);
					continue;
				}
				const known = [...feature.taps, token];
				expect(known).toEqual(text.slice(0, known.length));
			}
		}
		const fresh = actors.head.passes.flat().filter(({ feature }) => feature.of === 'target');
		const positions = fresh.map(({ feature }) => feature.of === 'target' && feature.taps.length);
		expect(positions).toEqual(positions.map((_, i) => i + 1));
	});

	test('lookup: the draft is what followed the longest run at the end, at its latest occurrence', () => {
		expect(continuation([1, 2, 3, 9, 1, 2, 3], 2)).toEqual([9, 1]);
		expect(continuation([5, 1, 5, 2, 5], 1)).toEqual([2]);
		expect(continuation([1, 2, 7, 3, 2, 8, 1, 2], 1)).toEqual([7]);
		expect(continuation([4, 4, 4], 5)).toEqual([4]);
		expect(continuation([1, 2, 3], 4)).toEqual([]);
		expect(continuation([1], 4)).toEqual([]);
	});
});

describe('endings', () => {
	/** Counts upwards; 5 is followed by the end token. */
	const counting: Table = (context) => {
		const last = context.at(-1)! + 1;
		return Array.from({ length: 100 }, (_, token) => (token === (last > 5 ? END : last) ? 9 : 0));
	};

	test.each(decoders)(
		'%s: the end token ends the answer; drafts behind it are dropped',
		async (decoder) => {
			const actors = cast(counting, counting);
			const { emitted, ending, steps } = await run(actors, [1], { decoder, gamma: 8 });
			expect([emitted, ending]).toEqual([[2, 3, 4, 5, END], 'end-token']);
			expect(actors.forward.cache).toEqual([1, 2, 3, 4, 5, END]);
			expect(steps.at(-1)!.next).toBeUndefined();
		}
	);

	test('a full cache ends the answer, and no slot ever passes it, in either model', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, gamma, decoder } = scene;
				const capacity = prompt.length + 15;
				const got = await run(stage(scene, capacity), prompt, { decoder, gamma });
				const free = await run(stage(scene), prompt, { decoder: 'ar', maxTokens: 15 });
				expect([got.emitted, got.ending]).toEqual([free.emitted, 'cache-full']);
			}),
			{ numRuns: 40 }
		);
	});

	test('a draft model with a smaller cache drafts while it can; then the answer goes on without it', async () => {
		const table = randomTable(V, 9);
		const actors = { ...cast(table, table), draft: new TableForward(table, info(8)) };
		const { emitted, steps } = await run(actors, [1, 2], {
			decoder: 'speculative',
			maxTokens: 20
		});
		expect(emitted).toHaveLength(20);
		expect(verifying(steps).at(-1)!.tokens).toHaveLength(1);
	});

	test('stopped after any step, no further pass is run, and the cache is what was emitted', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, fc.integer({ min: 1, max: 12 }), async (scene, at) => {
				const { prompt, gamma, decoder } = scene;
				const actors = stage(scene);
				const { emitted, ending, steps } = await run(actors, prompt, { decoder, gamma }, at);
				expect([ending, steps.length]).toEqual(['stopped', at]);
				const passes =
					actors.forward.passes.length + actors.draft.passes.length + actors.head.passes.length;
				expect(passes).toBe(at);
				expect(actors.forward.cache).toEqual([...prompt, ...emitted]);
			}),
			{ numRuns: 40 }
		);
	});
});

describe('what does not fit together is refused in a sentence', () => {
	const table = randomTable(V, 1);
	const settings = (decoder: Drafting) => ({ ...defaults, decoder });
	test.each([
		['a draft model is missing', 'needs a second, smaller model', 'speculative', {}],
		['a head is missing', 'needs a trained head', 'eagle3', {}],
		[
			'another vocabulary',
			'has 5 tokens in its vocabulary',
			'speculative',
			{ draft: new TableForward(table, { ...info(), vocabulary: 5 }) }
		]
	] as const)('%s', (_, words, decoder, helpers) => {
		const forward = new TableForward(table, info());
		expect(() => decode(forward, [1], settings(decoder), undefined, helpers)).toThrow(words);
	});
});
