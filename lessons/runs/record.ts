import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { answer, MODEL } from '../../engine/cli/answer.ts';
import { command } from '../../engine/cli/arguments.ts';
import { settingsSchema, type Session } from '../../engine/decode/index.ts';
import type { ThresholdFile } from '../../src/lib/learn/diffusion.ts';
import { thresholdRun } from '../../src/lib/learn/thresholdRun.ts';

/**
 * Speed against quality of block diffusion, from real runs on WebAssembly: the same prompts at several confidence
 * thresholds, and by plain autoregression, for lesson 8. Writes
 * thresholds.json beside it:
 *
 *   npm run record:lesson
 *
 * Needed anew whenever the weights change.
 */
const prompts = [
	'What is gravity?',
	'Why is the sky blue?',
	'Write a short story about a cat and a fish.'
];
/** 1 is never reached: one mask a pass, the surest. 0 always is: the whole block in one pass. */
const thresholds = [1, 0.9, 0.7, 0.5, 0.3, 0] as const;
const K = 8;
const LENGTH = 64;

await command(async () => {
	const wanted: object[] = [
		{ decoder: 'ar' },
		...thresholds.map((threshold) => ({ decoder: 'block', k: K, threshold }))
	];
	const sessions: Session[] = [];
	for (const prompt of prompts) {
		for (const more of wanted) {
			const settings = v.parse(settingsSchema, { ...more, maxTokens: LENGTH });
			sessions.push(await answer({ prompt, settings, model: MODEL }));
		}
	}
	const { model, date } = sessions[0]!;
	const file: ThresholdFile = {
		version: 1,
		model: model.name,
		weights: model.weights,
		k: K,
		date,
		runs: sessions.map(thresholdRun)
	};
	const path = fileURLToPath(new URL('./thresholds.json', import.meta.url));
	writeFileSync(path, `${JSON.stringify(file)}\n`);
	console.log(`${file.runs.length} runs at several thresholds`);
});
