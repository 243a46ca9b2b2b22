import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	decode,
	defaults,
	orders,
	tokensPerPass,
	type ModelInfo,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { layout, visible } from '../../../engine/mask/index.ts';
import { randomTable, TableForward, type Table } from '../../fakes/table-forward.ts';

const V = 12;
const MASK = 98;
const END = 99;
const decoders = ['llada', 'dream', 'block'] as const;

const model = (table: Table, more: Partial<ModelInfo> = {}) =>
	new TableForward(table, {
		name: 'table',
		vocabulary: V,
		mask: MASK,
		end: END,
		capacity: 300,
		...more
	});

async function run(
	forward: TableForward,
	prompt: number[],
	settings: Partial<Settings>,
	stopAfter = Infinity
) {
	const controller = new AbortController();
	const steps: Step[] = [];
	const decoder = decode(forward, prompt, { ...defaults, ...settings }, controller.signal);
	for (;;) {
		const { done, value } = await decoder.next();
		if (done) return { steps, ending: value, emitted: steps.flatMap(({ emitted }) => emitted) };
		steps.push(value);
		if (steps.length === stopAfter) controller.abort();
	}
}

const decoded = (steps: readonly Step[]) => steps.filter(({ kind }) => kind === 'decode');
/** Text position of a slot of a step. */
const positionOf = (step: Step, slot: number) =>
	step.start + layout(step.layout).slots[slot]!.offset;

const scenes = fc.record({
	seed: fc.nat(1e6),
	prompt: fc.array(fc.nat(V - 1), { minLength: 1, maxLength: 5 }),
	settings: fc.record({
		decoder: fc.constantFrom(...decoders),
		k: fc.integer({ min: 1, max: 9 }),
		block: fc.integer({ min: 1, max: 12 }),
		perPass: fc.integer({ min: 1, max: 6 }),
		threshold: fc.double({ min: 0, max: 1, noNaN: true }),
		order: fc.constantFrom(...orders),
		temperature: fc.constantFrom(0, 0.8),
		topP: fc.constantFrom(1, 0.7),
		seed: fc.nat(1000),
		maxTokens: fc.integer({ min: 1, max: 24 })
	}),
	canvas: fc.constantFrom('tidar' as const, 'llada' as const, 'dream' as const)
});
type Scene = typeof scenes extends fc.Arbitrary<infer S> ? S : never;
/** Block diffusion needs a causal prompt. */
const stage = ({ seed, settings, canvas }: Scene, capacity?: number) =>
	model(randomTable(V, seed), {
		canvas: settings.decoder === 'block' ? undefined : canvas,
		...(capacity && { capacity })
	});

describe('decode(forward, prompt, { decoder: llada | dream | block })', () => {
	test('every mask is unmasked exactly once, the others of a pass are put back, and what is emitted was unmasked', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, settings } = scene;
				const { steps, emitted, ending } = await run(stage(scene), prompt, settings);
				const answer = new Map<number, number>();
				for (const step of decoded(steps)) {
					const { unmasked, remasked } = step.canvas!;
					for (const { slot, token } of unmasked) {
						expect(step.tokens[slot]).toBe(MASK);
						const position = positionOf(step, slot);
						expect(answer.has(position)).toBe(false);
						answer.set(position, token);
					}
					for (const slot of remasked) {
						expect(step.tokens[slot]).toBe(MASK);
						expect(answer.has(positionOf(step, slot))).toBe(false);
					}
				}
				const places = [...answer.keys()].sort((a, b) => a - b);
				expect(places).toEqual(emitted.map((_, i) => prompt.length + i));
				expect(emitted).toEqual(places.map((place) => answer.get(place)));
				expect([emitted.length, ending]).toEqual([settings.maxTokens, 'max-tokens']);
			}),
			{ numRuns: 120 }
		);
	});

	test('llada takes ceil(part / perPass) passes for each block, dream ceil(length / perPass), block 1 to k', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt, settings } = scene;
				const { decoder, k, block, perPass, maxTokens } = settings;
				const { steps } = await run(stage(scene), prompt, settings);
				const passes = decoded(steps).length;
				if (decoder === 'dream') expect(passes).toBe(Math.ceil(maxTokens / perPass));
				if (decoder === 'llada') {
					const rest = maxTokens % block;
					const full = Math.floor(maxTokens / block);
					expect(passes).toBe(full * Math.ceil(block / perPass) + Math.ceil(rest / perPass));
				}
				if (decoder === 'block') {
					expect(passes).toBeGreaterThanOrEqual(Math.ceil(maxTokens / k));
					expect(passes).toBeLessThanOrEqual(maxTokens);
				}
				for (const { canvas } of decoded(steps)) {
					if (decoder === 'llada' || (decoder === 'dream' && settings.order !== 'origin')) {
						expect(canvas!.unmasked.length).toBeLessThanOrEqual(perPass);
					}
				}
				expect(tokensPerPass(steps)).toBe(maxTokens / passes);
			}),
			{ numRuns: 80 }
		);
	});

	test('the cache holds a beginning of prompt and answer, and a seed gives the same answer again', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const forward = stage(scene);
				const { emitted } = await run(forward, scene.prompt, scene.settings);
				const text = [...scene.prompt, ...emitted];
				expect(forward.cache).toEqual(text.slice(0, forward.cache.length));
				const again = await run(stage(scene), scene.prompt, scene.settings);
				expect(again.emitted).toEqual(emitted);
			}),
			{ numRuns: 40 }
		);
	});

	test('a full cache ends the answer, and no slot ever passes it', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const { prompt } = scene;
				const settings = { ...scene.settings, maxTokens: 100 };
				const { emitted, ending } = await run(stage(scene, prompt.length + 11), prompt, settings);
				expect([emitted.length, ending]).toEqual([11, 'cache-full']);
			}),
			{ numRuns: 40 }
		);
	});

	test('stopped after any step, no further pass is run', async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (scene) => {
				const forward = stage(scene);
				const settings = { ...scene.settings, perPass: 1, maxTokens: 20, threshold: 1 };
				const { ending, steps } = await run(forward, scene.prompt, settings, 3);
				expect([ending, steps.length, forward.passes.length]).toEqual(['stopped', 3, 3]);
			}),
			{ numRuns: 30 }
		);
	});
});

describe('the canvas', () => {
	const first = async (canvas: ModelInfo['canvas'], decoder: 'llada' | 'dream') => {
		const forward = model(randomTable(V, 3), { canvas });
		const { steps } = await run(forward, [1, 2, 3], { decoder, maxTokens: 4, perPass: 2 });
		return { forward, steps, step: decoded(steps)[0]! };
	};

	test('behind a causal prompt: the prompt is cached, and the masks see each other', async () => {
		const { steps, step } = await first('tidar', 'llada');
		expect(steps[0]).toMatchObject({ kind: 'prefill', kept: [0, 1, 2] });
		expect(step).toMatchObject({ start: 3, tokens: [MASK, MASK, MASK, MASK] });
		expect(visible(layout(step.layout))).toEqual(Array(4).fill([0, 1, 2, 3]));
	});

	test('of a model that sees both ways: prompt and masks are one block, and nothing is cached', async () => {
		const { forward, steps, step } = await first('llada', 'llada');
		expect(steps).toHaveLength(2);
		expect(step.tokens).toEqual([1, 2, 3, MASK, MASK, MASK, MASK]);
		expect(visible(layout(step.layout))).toEqual(Array(7).fill([0, 1, 2, 3, 4, 5, 6]));
		expect(forward.passes[0]!.predict).toEqual([3, 4, 5, 6]);
		expect(forward.cache).toEqual([]);
	});

	test("with AR's shift each mask is read one slot before its own", async () => {
		const { forward, step } = await first('dream', 'dream');
		expect(forward.passes[0]!.predict).toEqual([2, 3, 4, 5]);
		for (const { slot, token } of step.canvas!.unmasked)
			expect(token).toBe(step.predictions[slot - 1]!.tokens[0]);
	});

	test('blocks are filled from left to right on a canvas that is computed whole', async () => {
		const { steps } = await run(model(randomTable(V, 6)), [1], {
			decoder: 'llada',
			maxTokens: 6,
			block: 3,
			perPass: 1
		});
		const places = decoded(steps).map(({ canvas }) => canvas!.unmasked[0]!.slot);
		expect([...places.slice(0, 3)].sort()).toEqual([0, 1, 2]);
		expect([...places.slice(3)].sort()).toEqual([3, 4, 5]);
		expect(decoded(steps).every(({ tokens }) => tokens.length === 6)).toBe(true);
		expect(decoded(steps).map(({ emitted }) => emitted.length)).toEqual([0, 0, 3, 0, 0, 3]);
	});

	test('a mask that the model fills with the mask token is filled', async () => {
		const masks: Table = () => Array.from({ length: 100 }, (_, token) => (token === MASK ? 9 : 0));
		for (const decoder of decoders) {
			const { emitted } = await run(model(masks), [1], { decoder, maxTokens: 5, k: 2 });
			expect(emitted).toEqual(Array(5).fill(MASK));
		}
	});
});

describe('orders', () => {
	/** Three masks, by hand: the likeliest token, the margin and the entropy each point at another one. */
	const rows = [
		[0.5, 0.49, 0.01, 0, 0, 0, 0, 0],
		[0.48, 0.08, 0.08, 0.08, 0.07, 0.07, 0.07, 0.07],
		[0.52, 0.24, 0.24, 0, 0, 0, 0, 0]
	];
	const table: Table = (_, mask = 1) => rows[mask - 1]!.map((p) => Math.log(p || 1e-30));
	test.each([
		['maskgit_plus', 2],
		['topk_margin', 1],
		['entropy', 0]
	] as const)('%s fills mask %i first', async (order, slot) => {
		const { steps } = await run(model(table, { vocabulary: 8 }), [1], {
			decoder: 'dream',
			order,
			maxTokens: 3,
			perPass: 1
		});
		expect(decoded(steps)[0]!.canvas!.unmasked.map((one) => one.slot)).toEqual([slot]);
	});

	test('origin fills each mask in each pass with the same chance: 1/passes', async () => {
		const counts = [0, 0, 0, 0];
		const RUNS = 4000;
		for (let seed = 0; seed < RUNS; seed++) {
			const { steps } = await run(model(table, { vocabulary: 8 }), [1], {
				decoder: 'dream',
				order: 'origin',
				maxTokens: 3,
				perPass: 1,
				seed
			});
			decoded(steps).forEach(({ canvas }, i) => (counts[i]! += canvas!.unmasked.length));
		}
		// 3 masks, 3 passes: one a pass on average; standard deviation sqrt(3 · 1/3 · 2/3 / RUNS) = 0.013.
		for (const count of counts.slice(0, 3)) expect(Math.abs(count / RUNS - 1)).toBeLessThan(0.052);
	});
});

describe('block diffusion', () => {
	test('threshold 0 fills a block a pass; the next pass encodes it and keeps it', async () => {
		const { steps } = await run(model(randomTable(V, 4)), [1, 2], {
			decoder: 'block',
			k: 4,
			threshold: 0,
			maxTokens: 12
		});
		const passes = decoded(steps);
		expect(passes.map(({ emitted }) => emitted.length)).toEqual([4, 4, 4]);
		expect(passes.map(({ tokens }) => tokens.length)).toEqual([4, 8, 8]);
		expect(passes.map(({ kept }) => kept.length)).toEqual([0, 4, 4]);
		expect(passes[1]!.tokens.slice(0, 4)).toEqual(passes[0]!.emitted);
	});

	test('threshold 1 and n a pass: a block of k takes ceil(k / n) passes', async () => {
		for (const [k, perPass] of [
			[8, 1],
			[8, 3],
			[5, 16]
		] as const) {
			const settings = { decoder: 'block', k, perPass, threshold: 1, maxTokens: 2 * k } as const;
			const { steps } = await run(model(randomTable(V, 5)), [1, 2], settings);
			const filled = decoded(steps).map(({ canvas }) => canvas!.unmasked.length);
			expect(filled).toHaveLength(2 * Math.ceil(k / perPass));
			expect(filled.reduce((sum, n) => sum + n, 0)).toBe(2 * k);
			expect(Math.max(...filled)).toBe(Math.min(k, perPass));
		}
	});

	test('masks at or above the threshold are filled, or else the surest alone', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(1e6),
				fc.double({ min: 0, max: 1, noNaN: true }),
				async (seed, threshold) => {
					const { steps } = await run(model(randomTable(V, seed)), [1], {
						decoder: 'block',
						threshold,
						maxTokens: 16
					});
					for (const { canvas, predictions } of decoded(steps)) {
						const { unmasked, remasked } = canvas!;
						const sure = unmasked.filter(({ confidence }) => confidence >= threshold);
						const alone = unmasked.length === 1;
						expect(sure.length === unmasked.length || alone).toBe(true);
						const least = Math.min(...unmasked.map(({ confidence }) => confidence));
						for (const slot of remasked) {
							const [p] = predictions[slot]!.probabilities;
							expect(p!).toBeLessThan(Math.max(threshold, Number.MIN_VALUE));
							expect(p!).toBeLessThanOrEqual(least);
						}
					}
				}
			),
			{ numRuns: 40 }
		);
	});
});

describe('endings', () => {
	/** The place's number behind a prompt of one token; the end token from place 5 on. */
	const counting: Table = (_, mask = 1) =>
		Array.from({ length: 100 }, (_, token) => (token === (mask >= 5 ? END : mask) ? 9 : 0));
	test.each(['llada', 'dream'] as const)(
		'%s: what follows the end token is dropped',
		async (decoder) => {
			const settings = { decoder, maxTokens: 12, block: 6, perPass: 3 };
			const { emitted, ending } = await run(model(counting), [1], settings);
			expect([emitted, ending]).toEqual([[1, 2, 3, 4, END], 'end-token']);
		}
	);

	test('block: the end token ends the answer within its block', async () => {
		const { emitted, ending } = await run(model(counting), [1], { decoder: 'block', k: 8 });
		expect([emitted, ending]).toEqual([[1, 2, 3, 4, END], 'end-token']);
	});

	test('a model that reads both ways is refused a cache that is not empty, and block diffusion', async () => {
		const forward = model(randomTable(V, 1), { canvas: 'dream' });
		await expect(run(forward, [1], { decoder: 'block' })).rejects.toThrow('in both directions');
		forward.cache = [1, 2];
		await expect(run(forward, [1], { decoder: 'dream' })).rejects.toThrow('truncate the cache');
	});
});
