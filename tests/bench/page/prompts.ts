import * as v from 'valibot';
import { decode, settingsSchema, type Forward, type Step } from '../../../engine/decode/index.ts';
import type { PromptsReport } from '../plan.ts';

/** Answers prompts (tokens each) with AR and with TiDAR, by turns, and times their decode steps. */
export async function answerAll(
	forward: Forward,
	prompts: readonly (readonly number[])[],
	k: number,
	maxTokens: number,
	late: () => boolean
): Promise<PromptsReport> {
	const answer = async (prompt: readonly number[], decoder: 'ar' | 'tidar') => {
		forward.truncate(0);
		const steps: Step[] = [];
		const settings = v.parse(settingsSchema, { decoder, k, maxTokens });
		let begun = 0;
		for await (const step of decode(forward, prompt, settings)) {
			if (step.kind === 'prefill') begun = performance.now();
			else steps.push(step);
		}
		const seconds = (performance.now() - begun) / 1000;
		return { tokens: steps.flatMap(({ emitted }) => emitted), passes: steps.length, seconds };
	};
	const ar = { tokens: 0, seconds: 0 };
	const tidar = { tokens: 0, passes: 0, seconds: 0 };
	const answers: number[][] = [];
	let equal = 0;
	// Not counted: the shapes of both decoders are recorded the first time.
	for (const decoder of ['ar', 'tidar'] as const) await answer(prompts[0]!, decoder);
	for (const prompt of prompts) {
		if (late()) break;
		const one = await answer(prompt, 'ar');
		const other = await answer(prompt, 'tidar');
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
