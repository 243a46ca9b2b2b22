import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import {
	decode,
	settingsSchema,
	type Forward,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { layout, tidarSpec } from '../../../engine/mask/index.ts';
import { Lookahead } from '../../../engine/runtime/ahead/lookahead.ts';
import { TreeCourse } from '../../../engine/runtime/ahead/tree.ts';
import { InputBuffers } from '../../../engine/runtime/inputs.ts';
import { loadModel, type LoadedModel, type LoadOptions } from '../../../engine/runtime/load.ts';

/** A model of random weights; see its README. */
const base = new URL('/tests/fixtures/tiny-model', location.href);
/** Short: a software GPU takes seconds to compile the kernels for another number of slots. */
const prompt = Array.from({ length: 9 }, (_, i) => 40 + 37 * i);
vi.setConfig({ testTimeout: 400_000 });

const load = (fast: LoadOptions['fast']): Promise<LoadedModel> =>
	loadModel({ base, backend: 'webgpu', precision: 'f32', fast });

let one: LoadedModel, ahead: LoadedModel;
beforeAll(async () => {
	one = await load('fused');
	ahead = await load('ahead');
}, 400_000);
afterAll(() => Promise.all([one.dispose(), ahead.dispose()]));
afterEach(() => vi.restoreAllMocks());

/** An answer, without the times. */
async function answer(forward: Forward, text: readonly number[], asked: Partial<Settings>) {
	const settings = v.parse(settingsSchema, asked);
	const steps: Omit<Step, 'times'>[] = [];
	for await (const { times: _, ...step } of decode(forward, text, settings)) steps.push(step);
	return steps;
}

/** Answers by turns: greedy ones, one that samples on top of a chat. */
async function answers(forward: Forward) {
	const all: Awaited<ReturnType<typeof answer>>[] = [];
	const ask = async (text: readonly number[], settings: Partial<Settings>, known = 0) => {
		forward.truncate(known);
		all.push(await answer(forward, text, settings));
	};
	await ask(prompt, { decoder: 'ar', maxTokens: 6 });
	await ask(prompt, { decoder: 'tidar', k: 2, maxTokens: 9 });
	await ask([7, 8, 9], { decoder: 'tidar', k: 2, temperature: 1, seed: 3, maxTokens: 4 }, 12);
	return all;
}

test('steps that the device prepared are the steps that were asked for', async () => {
	const told = vi.spyOn(InputBuffers.prototype, 'upload');
	const encode = vi.spyOn(Lookahead.prototype, 'encode');
	const wanted = await answers(one.forward);
	const passes = told.mock.calls.length;
	expect(encode).not.toHaveBeenCalled();
	told.mockClear();

	expect(await answers(ahead.forward)).toEqual(wanted);
	expect(ahead.reasons).toEqual([]);
	// An answer's first steps are asked for; after them the device is ahead.
	const prepared = passes - told.mock.calls.length;
	expect(prepared).toBeGreaterThan(3);
	// Some ran in vain: the last of each answer.
	expect(encode.mock.calls.length).toBeGreaterThan(prepared);
});

test('the next candidate tree is on the device before the last one is read back', async () => {
	const settings = { decoder: 'tidar-tree', slots: 12, k: 2, maxTokens: 14 } as const;
	const encode = vi.spyOn(Lookahead.prototype, 'encode');
	const holds = vi.spyOn(Lookahead.prototype, 'holds');
	one.forward.truncate(0);
	const wanted = await answer(one.forward, prompt, settings);
	expect(encode).not.toHaveBeenCalled();
	ahead.forward.truncate(0);
	expect(await answer(ahead.forward, prompt, settings)).toEqual(wanted);
	expect(ahead.reasons).toEqual([]);
	// Trees differ in their slots, and still most were there when they were asked for.
	const right = holds.mock.results.filter(({ value }) => value === true).length;
	expect(right).toBeGreaterThan((wanted.length - 1) / 2);
	expect(encode.mock.calls.length).toBeGreaterThanOrEqual(right);
});

test('a device that grows another tree costs a pass, not the answer', async () => {
	const settings = { decoder: 'tidar-tree', slots: 12, k: 2, maxTokens: 10 } as const;
	one.forward.truncate(0);
	const wanted = await answer(one.forward, prompt, settings);
	// Every other one is taken for wrong, some of them while the one behind it runs already.
	const { holds } = TreeCourse.prototype;
	let count = 0;
	vi.spyOn(TreeCourse.prototype, 'holds').mockImplementation(function (this: TreeCourse, ...given) {
		return holds.apply(this, given) && count++ % 2 === 0;
	});
	ahead.forward.truncate(0);
	expect(await answer(ahead.forward, prompt, settings)).toEqual(wanted);
	expect(count).toBeGreaterThan(2);
});

test('a decoder may do something else at any time', async () => {
	const run = async (forward: Forward) => {
		forward.truncate(0);
		const seen: number[][] = [];
		const ask = async (tokens: number[], keep: number) => {
			const plan = layout(tidarSpec(2));
			const masks = Array<number>(4).fill(forward.model.mask);
			const pass = await forward.run({ layout: plan, tokens: [...tokens, ...masks] });
			seen.push(pass.predictions.flatMap((one) => [...one!.tokens, ...one!.probabilities]));
			const said = (slot: number) => pass.predictions[slot]!.tokens[0]!;
			forward.keep(Array.from({ length: keep }, (_, slot) => slot));
			const right = said(0) === tokens[1] ? 2 : 1;
			return { right, next: [said(right - 1), said(2 + (right - 1) * 2 + 1)] };
		};
		let { right, next } = await ask([50, 60], 1);
		for (let i = 0; i < 8; i++) {
			// Twice as a greedy decoder would, then not: other drafts, or another number of them kept.
			const odd = i % 4 === 3;
			({ right, next } = await ask(odd ? [next[0]!, 77 + i] : next, i % 4 === 2 ? 1 : right));
			if (i % 4 === 1) forward.truncate(forward.length - 1);
		}
		return seen;
	};
	const plain = await run(one.forward);
	expect(await run(ahead.forward)).toEqual(plain);
});

test('a device that prepares something else is not followed, and nothing is lost', async () => {
	const settings = { decoder: 'ar', maxTokens: 6 } as const;
	one.forward.truncate(0);
	const wanted = await answer(one.forward, prompt, settings);
	vi.spyOn(Lookahead.prototype, 'holds').mockReturnValue(false);
	const encode = vi.spyOn(Lookahead.prototype, 'encode');
	const model = await load('ahead');
	expect(await answer(model.forward, prompt, settings)).toEqual(wanted);
	expect(encode).toHaveBeenCalledTimes(1);
	await model.dispose();
});
