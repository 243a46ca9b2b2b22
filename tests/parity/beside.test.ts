import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, decode, defaults, type Settings, type Step } from '../../engine/decode/index.ts';
import { layout, prefillSpec } from '../../engine/mask/index.ts';
import type { TappedForward } from '../../engine/runtime/forward.ts';
import { loadModel, type LoadedModel } from '../../engine/runtime/load.ts';

/** Models that rest on another's weights, against PyTorch: tests/fixtures/beside/README.md. */
const folder = (name: string) =>
	fileURLToPath(new URL(`../fixtures/beside/${name}`, import.meta.url));
const load = (name: string) =>
	loadModel({ base: folder(name), target: folder('target'), backend: 'wasm', threads: 1 });

interface Filled {
	readonly tokens: number[];
	readonly passes: number;
}
const goldens = JSON.parse(readFileSync(folder('goldens.json'), 'utf8')) as {
	gamma: number;
	limit: number;
	canvas: number;
	block: number;
	perPass: { llada: number; dream: number };
	answers: {
		prompt: number[];
		greedy: number[];
		lengths: number[];
		taps: number[];
		state: number[];
		logits: number[];
		llada: Filled;
		dream: Filled;
	}[];
};

/** Largest difference, relative to the largest value. */
function apart(a: ArrayLike<number>, b: readonly number[]): number {
	const largest = Math.max(...b.map(Math.abs));
	return Math.max(...b.map((value, i) => Math.abs(a[i]! - value))) / largest;
}

const argmax = (row: readonly number[]) => row.indexOf(Math.max(...row));

async function steps(
	{ forward, head }: LoadedModel,
	prompt: readonly number[],
	settings: Partial<Settings>
): Promise<Step[]> {
	forward.truncate(0);
	head?.truncate(0);
	const steps: Step[] = [];
	const running = decode(forward, prompt, { ...defaults, ...settings }, undefined, { head });
	for await (const step of running) steps.push(step);
	return steps;
}

describe('an EAGLE-3 head', () => {
	let model: LoadedModel;
	let alone: LoadedModel;
	beforeAll(async () => {
		alone = await load('target');
		model = await load('head');
	});
	afterAll(async () => {
		await model.dispose();
		await alone.dispose();
	});

	test.each(goldens.answers)('drafts what PyTorch drafts behind $prompt', async (golden) => {
		const { prompt } = golden;
		const forward = model.forward as TappedForward;
		const head = model.head!;
		forward.truncate(0);
		head.truncate(0);
		const last = prompt.length - 1;
		const pass = await forward.run({
			layout: layout(prefillSpec(prompt.length, 0)),
			tokens: prompt,
			predict: [last]
		});
		const taps = await forward.features(prompt.map((_, slot) => slot));
		expect(apart(taps[last]!, golden.taps)).toBeLessThan(1e-3);
		const following = [...prompt.slice(1), pass.predictions[last]!.tokens[0]!];
		// In two passes, so that the second one reads the cache.
		const rows = following.map((token, i) => ({
			feature: { of: 'target' as const, taps: taps[i]! },
			token
		}));
		await head.run(rows.slice(0, 2));
		const drafted = await head.run(rows.slice(2));
		expect(head.length).toBe(prompt.length);
		const [logits] = await drafted.logits([0]);
		expect(apart(logits!, golden.logits)).toBeLessThan(1e-3);
		expect(apart(drafted.state, golden.state)).toBeLessThan(1e-3);
		expect(drafted.predictions[0]!.tokens[0]).toBe(argmax(golden.logits));
		expect(logits!.length).toBe(forward.model.vocabulary);
		expect(logits!.at(-1)).toBe(-Infinity);
	});

	test.each(goldens.answers)(
		'its chains behind $prompt are accepted as in PyTorch, and greedy text is that of AR',
		async ({ prompt, greedy, lengths }) => {
			const settings = {
				decoder: 'eagle3',
				gamma: goldens.gamma,
				maxTokens: goldens.limit
			} as const;
			const made = await steps(model, prompt, settings);
			expect(answerOf({ steps: made })).toEqual(greedy);
			const verifying = made.filter(({ kind, by }) => kind === 'decode' && by !== 'draft');
			expect(verifying.map(({ emitted }) => emitted.length)).toEqual(lengths);
			const ar = await steps(alone, prompt, { decoder: 'ar', maxTokens: goldens.limit });
			expect(answerOf({ steps: ar })).toEqual(greedy);
		}
	);

	test('some chains are accepted whole, and some not at all', () => {
		const all = new Set(goldens.answers.flatMap(({ lengths }) => lengths));
		expect(all.has(1) && all.has(goldens.gamma + 1)).toBe(true);
	});

	test('refuses rows that it has no room for, and taps that are gone', async () => {
		await expect(model.head!.run([])).rejects.toThrow('at least one');
		const forward = model.forward as TappedForward;
		await expect(forward.features([500])).rejects.toThrow('slots 500 were asked for');
	});
});

describe('a diffusion adapter', () => {
	let model: LoadedModel;
	beforeAll(async () => {
		model = await load('adapter');
	});
	afterAll(() => model.dispose());

	test.each(goldens.answers)('fills canvases behind $prompt as PyTorch does', async (golden) => {
		expect(model.forward.model.canvas).toBe('dream');
		for (const decoder of ['llada', 'dream'] as const) {
			const perPass = goldens.perPass[decoder];
			const settings = { decoder, perPass, block: goldens.block, maxTokens: goldens.canvas };
			const made = await steps(model, golden.prompt, settings);
			expect(answerOf({ steps: made }), decoder).toEqual(golden[decoder].tokens);
			expect(made.length, decoder).toBe(golden[decoder].passes);
		}
	});
});

describe('what does not belong together is refused', () => {
	test('a head on another model', async () => {
		const other = fileURLToPath(new URL('../fixtures/tiny-model', import.meta.url));
		await expect(
			loadModel({ base: folder('head'), target: other, backend: 'wasm' })
		).rejects.toThrow(/head rests on other weights \(target 11111111\)/);
	});

	test('a head alone', async () => {
		await expect(loadModel({ base: folder('head'), backend: 'wasm' })).rejects.toThrow(
			/kind 'eagle3', which rests on another/
		);
	});
});
