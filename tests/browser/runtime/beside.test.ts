import { expect, test } from 'vitest';
import { answerOf, decode, defaults, type Settings, type Step } from '$engine/decode/index.ts';
import { loadModel } from '$engine/runtime/load.ts';

const base = (name: string) => new URL(`/tests/fixtures/beside/${name}`, location.href);
const load = (name: string) =>
	loadModel({ base: base(name), target: base('target'), backend: 'webgpu', precision: 'f32' });

interface Golden {
	readonly prompt: number[];
	readonly greedy: number[];
	readonly lengths: number[];
	readonly dream: { tokens: number[] };
}

const goldens = (await (await fetch(base('goldens.json'))).json()) as {
	gamma: number;
	canvas: number;
	perPass: { dream: number };
	answers: Golden[];
};
const [golden] = goldens.answers;

test('an EAGLE-3 head drafts on WebGPU what PyTorch drafts', async () => {
	const { forward, head, dispose } = await load('head');
	const settings: Settings = {
		...defaults,
		decoder: 'eagle3',
		gamma: goldens.gamma,
		maxTokens: 10
	};
	const steps: Step[] = [];
	for await (const step of decode(forward, golden!.prompt, settings, undefined, { head }))
		steps.push(step);
	await dispose();
	expect(answerOf({ steps })).toEqual(golden!.greedy.slice(0, 10));
	const verified = steps.filter(({ kind, by }) => kind === 'decode' && by !== 'draft');
	expect(verified.map(({ emitted }) => emitted.length)).toEqual(golden!.lengths.slice(0, 2));
});

test('a diffusion adapter fills on WebGPU the canvas that PyTorch fills', async () => {
	const { forward, dispose } = await load('adapter');
	const settings: Settings = {
		...defaults,
		decoder: 'dream',
		perPass: goldens.perPass.dream,
		maxTokens: goldens.canvas
	};
	const steps: Step[] = [];
	for await (const step of decode(forward, golden!.prompt, settings)) steps.push(step);
	await dispose();
	expect(answerOf({ steps })).toEqual(golden!.dream.tokens);
});
