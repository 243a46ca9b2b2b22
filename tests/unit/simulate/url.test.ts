import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { customLimits, devices, type CustomNumbers } from '../../../engine/hardware/index.ts';
import { models } from '../../../engine/models/index.ts';
import { stepCost } from '../../../engine/cost/index.ts';
import {
	CUSTOM,
	initial,
	limits,
	options,
	setupOf,
	timelineQuery
} from '../../../src/lib/simulate/choice.ts';
import { presets } from '../../../src/lib/simulate/presets.ts';
import { readPlace } from '../../../src/lib/timeline/place.ts';
import {
	demandLimits,
	readScene,
	start,
	views,
	writeScene,
	type Scene
} from '../../../src/lib/simulate/url.ts';

const CONFIG = JSON.stringify({
	hidden_size: 2048,
	num_hidden_layers: 16,
	num_attention_heads: 32,
	vocab_size: 128256,
	intermediate_size: 8192
});
const within = ({ min, max }: { min: number; max: number }) =>
	fc.double({ min, max, noNaN: true }).map((x) => Math.min(max, Math.max(min, x + 0)));
const numbers = fc
	.record({
		...Object.fromEntries(Object.entries(customLimits).map(([key, range]) => [key, within(range)])),
		cores: fc.integer(customLimits.cores)
	})
	.map((n) => n as unknown as CustomNumbers);
const gpu = fc.oneof(
	fc.constantFrom(...devices).map(({ id }) => ({ gpu: id })),
	numbers.map((own) => ({ gpu: CUSTOM, numbers: own }))
);
const model = fc.oneof(
	fc.constantFrom(...models).map(({ id }) => ({ model: id })),
	fc.constant({ model: CUSTOM, config: CONFIG })
);
const choice = fc
	.tuple(
		gpu,
		model,
		fc.record({
			slots: fc.integer(limits.slots),
			batch: fc.integer(limits.batch),
			context: fc.integer(limits.context),
			weights: fc.constantFrom(...options.weights),
			kv: fc.constantFrom(...options.kv),
			tp: fc.constantFrom(...options.tp),
			kernels: fc.constantFrom(...options.kernels),
			launch: fc.constantFrom(...options.launch),
			phase: fc.constantFrom(...options.phase)
		})
	)
	.map(([g, m, rest]) => {
		const made = { ...g, ...m, ...rest };
		return { ...made, tp: setupOf(made).tp };
	});
const scene: fc.Arbitrary<Scene> = fc
	.record({
		a: choice,
		b: fc.option(choice, { nil: undefined }),
		view: fc.constantFrom(...views),
		acceptance: within({ min: 0, max: 1 }),
		demand: fc.record({
			users: fc.integer(demandLimits.users),
			rate: within(demandLimits.rate),
			prompt: fc.integer(demandLimits.prompt),
			answer: fc.integer(demandLimits.answer),
			first: fc.integer(demandLimits.first),
			per: within(demandLimits.per)
		})
	})
	.map(({ b, ...rest }) => (b ? { ...rest, b } : rest));
const read = (query: string) => readScene(new URLSearchParams(query));

describe('readScene and writeScene', () => {
	test('a scene survives its link', () => {
		fc.assert(
			fc.property(scene, (asked) => {
				expect(read(writeScene(asked).toString())).toEqual({ scene: asked, corrections: [] });
			}),
			{ numRuns: 300 }
		);
	});

	test('defaults take no room in the link, and a second set-up only what differs', () => {
		expect(writeScene(start).toString()).toBe('');
		expect(read('').scene).toEqual(start);
		const b = { ...initial, gpu: 'h200', slots: 72 };
		expect(writeScene({ ...start, b }).toString()).toBe('b=1&b.gpu=h200&b.slots=72');
	});

	test.each(Object.entries(presets))('preset %s can be computed and linked to', (_, preset) => {
		expect(stepCost(setupOf(preset)).ms).toBeGreaterThan(0);
		expect(read(writeScene({ ...start, a: preset }).toString()).scene.a).toEqual(preset);
	});

	test('anything at all is read, and what comes out can be computed', () => {
		const name = fc.constantFrom(
			...['gpu', 'model', 'config', 'slots', 'batch', 'context', 'weights', 'kv', 'tp', 'kernels'],
			...['launch', 'phase', 'b', 'b.gpu', 'b.model', 'b.slots', 'b.config', 'b.bandwidth'],
			...['bandwidth', 'memory', 'cores', 'view', 'accept', 'users', 'per']
		);
		const value = fc.oneof(
			fc.string(),
			fc.constantFrom('custom', '1', '0', '-1', 'NaN', 'Infinity', '1e999', '0x10', '72', 'h100'),
			fc.double().map(String),
			fc.json()
		);
		fc.assert(
			fc.property(fc.dictionary(name, value), (asked) => {
				const { scene, corrections } = readScene(new URLSearchParams(asked));
				for (const one of [scene.a, scene.b]) {
					if (one) expect(stepCost(setupOf(one)).ms).toBeGreaterThan(0);
				}
				expect(read(writeScene(scene).toString())).toEqual({ scene, corrections: [] });
				for (const { asked } of corrections) expect(asked.length).toBeLessThanOrEqual(40);
			}),
			{ numRuns: 400 }
		);
	});

	test.each([
		['slots=0', { name: 'slots', asked: '0', taken: '1' }],
		['slots=1e9', { name: 'slots', asked: '1e9', taken: '16384' }],
		['slots=7.4', { name: 'slots', asked: '7.4', taken: '7' }],
		['batch=many', { name: 'batch', asked: 'many', taken: '1' }],
		['context=-5', { name: 'context', asked: '-5', taken: '0' }],
		['accept=1.5', { name: 'accept', asked: '1.5', taken: '1' }],
		['gpu=apple-m4&tp=8', { name: 'tp', asked: '8', taken: '1' }],
		['model=custom', { name: 'model', asked: 'custom', taken: 'qwen3-8b' }]
	])('%s is clamped and told', (query, correction) => {
		expect(read(query).corrections).toEqual([correction]);
	});

	test.each([
		['gpu=h100', 'gpu', 'h100-sxm'],
		['model=llama-70b', 'model', 'llama-3.1-70b'],
		['weights=bf61', 'weights', 'bf16'],
		['view=sevrice', 'view', 'service'],
		['b=1&b.gpu=H200', 'b.gpu', 'h200']
	])('%s: the default, and the nearest names are suggested', (query, name, near) => {
		const [correction] = read(query).corrections;
		expect(correction).toMatchObject({ name });
		expect(correction!.near).toContain(near);
	});

	test('a config that cannot be used says which field is wrong, and the default model is taken', () => {
		const { scene, corrections } = read('model=custom&config={"hidden_size":4096}');
		expect(scene.a.model).toBe('qwen3-8b');
		expect(corrections[0]!.config!.issues).toContainEqual({
			field: 'num_hidden_layers',
			problem: 'missing'
		});
		expect(read(`model=custom&config=${'x'.repeat(9000)}`).scene.a.model).toBe('qwen3-8b');
	});
});

test('the timeline reads what /simulate hands it, without a correction', () => {
	const choice = { ...initial, gpu: 'h200', slots: 72, batch: 4, context: 4096, tp: 2 };
	const { place, corrections } = readPlace(new URLSearchParams(timelineQuery(choice)));
	expect(corrections).toEqual([]);
	expect(place.source).toMatchObject({
		kind: 'simulated',
		choice: { gpu: 'h200', batch: 4, context: 4096, tp: 2, drafts: 8 }
	});
	expect(timelineQuery({ ...choice, gpu: CUSTOM })).toBeUndefined();
});
