import * as v from 'valibot';
import {
	decode,
	settingsSchema,
	type Forward,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import type { PromptsReport, TextsReport, TreeReport } from '../plan.ts';

/** Answers a prompt and times its decode steps. */
export async function answer(
	forward: Forward,
	prompt: readonly number[],
	asked: Partial<Settings>
) {
	forward.truncate(0);
	const steps: Step[] = [];
	let begun = 0;
	for await (const step of decode(forward, prompt, v.parse(settingsSchema, asked))) {
		if (step.kind === 'prefill') begun = performance.now();
		else steps.push(step);
	}
	const seconds = (performance.now() - begun) / 1000;
	return { tokens: steps.flatMap(({ emitted }) => emitted), passes: steps.length, seconds };
}

/** Answers prompts (tokens each) with AR and with TiDAR, by turns. */
export async function answerAll(
	forward: Forward,
	prompts: readonly (readonly number[])[],
	k: number,
	maxTokens: number,
	late: () => boolean
): Promise<PromptsReport> {
	const ar = { tokens: 0, seconds: 0 };
	const tidar = { tokens: 0, passes: 0, seconds: 0 };
	const answers: number[][] = [];
	let equal = 0;
	// Not counted: the shapes of both decoders are recorded the first time.
	for (const decoder of ['ar', 'tidar'] as const)
		await answer(forward, prompts[0]!, { decoder, k, maxTokens });
	for (const prompt of prompts) {
		if (late()) break;
		const one = await answer(forward, prompt, { decoder: 'ar', maxTokens });
		const other = await answer(forward, prompt, { decoder: 'tidar', k, maxTokens });
		answers.push(one.tokens);
		ar.tokens += one.tokens.length;
		ar.seconds += one.seconds;
		tidar.tokens += other.tokens.length;
		tidar.passes += other.passes;
		tidar.seconds += other.seconds;
		if (String(one.tokens) === String(other.tokens)) equal++;
	}
	return { prompts: answers.length, equal, ar, tidar, answers };
}

/** Budgets of slots, and masks of a block. */
const TREES = [
	[20, 4],
	[36, 4],
	[65, 4],
	[72, 8],
	[117, 8],
	[153, 8],
	[225, 8]
] as const;

/** Answers prompts with candidate trees of several sizes; `told` hears of each size when it is through. */
export async function answerByTrees(
	forward: Forward,
	prompts: readonly (readonly number[])[],
	maxTokens: number,
	late: () => boolean,
	told: (report: TreeReport) => Promise<void>
): Promise<void> {
	const ar = { tokens: 0, seconds: 0 };
	for (const prompt of prompts.slice(0, 10)) {
		const { tokens, seconds } = await answer(forward, prompt, { decoder: 'ar', maxTokens });
		ar.tokens += tokens.length;
		ar.seconds += seconds;
	}
	for (const [slots, k] of TREES) {
		if (late()) break;
		const settings = { decoder: 'tidar-tree', slots, k, maxTokens } as const;
		await answer(forward, prompts[0]!, settings);
		const sum = { slots, k, prompts: 0, tokens: 0, passes: 0, seconds: 0 };
		for (const prompt of prompts) {
			if (late()) break;
			const { tokens, passes, seconds } = await answer(forward, prompt, settings);
			sum.prompts++;
			sum.tokens += tokens.length;
			sum.passes += passes;
			sum.seconds += seconds;
		}
		await told({ ...sum, ar: ar.tokens / ar.seconds });
	}
}

/** Decoders that promise AR's tokens. */
const PROMISED = {
	'tidar, k = 8': { decoder: 'tidar', k: 8 },
	'tidar, k = 4': { decoder: 'tidar', k: 4 },
	'tidar-tree, 72 slots, k = 8': { decoder: 'tidar-tree', slots: 72, k: 8 }
} as const;

/** Whether every one of them keeps its promise; `told` hears of it every tenth prompt. */
export async function compareTexts(
	forward: Forward,
	prompts: readonly (readonly number[])[],
	texts: readonly string[],
	maxTokens: number,
	late: () => boolean,
	told: (report: TextsReport) => Promise<void>
): Promise<void> {
	const decoders = Object.fromEntries(
		Object.keys(PROMISED).map((name) => [name, { equal: 0, different: [] as string[] }])
	);
	let done = 0;
	const report = () => told({ prompts: done, of: prompts.length, maxTokens, decoders });
	for (const [i, prompt] of prompts.entries()) {
		if (late()) break;
		const wanted = await answer(forward, prompt, { decoder: 'ar', maxTokens });
		for (const [name, settings] of Object.entries(PROMISED)) {
			const { tokens } = await answer(forward, prompt, { ...settings, maxTokens });
			const found = decoders[name]!;
			if (String(tokens) === String(wanted.tokens)) found.equal++;
			else found.different.push(texts[i]!);
		}
		if (++done % 10 === 0) await report();
	}
	await report();
}
