import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	answerOf,
	decode,
	defaults,
	logLikelihood,
	middle,
	perplexity,
	speedOf,
	type Step
} from '../../../engine/decode/index.ts';
import { randomTable, TableForward } from '../../fakes/table-forward.ts';

const info = { name: 'table', vocabulary: 12, mask: 98, end: 99, capacity: 200 };
const open = (seed: number) => new TableForward(randomTable(12, seed, 0.7), info);

test('logLikelihood(forward, prompt, answer) is what AR’s passes say of its own text, and leaves the cache as it was', async () => {
	await fc.assert(
		fc.asyncProperty(fc.nat(), async (seed) => {
			const settings = { ...defaults, decoder: 'ar', maxTokens: 20 } as const;
			const steps: Step[] = [];
			for await (const step of decode(open(seed), [1, 2, 3], settings)) steps.push(step);
			const answer = answerOf({ steps });
			// Greedy: the first prediction of a pass is the token of the next one.
			const said = steps
				.slice(0, answer.length)
				.map(({ predictions }) => Math.log(predictions.at(-1)!.probabilities[0]!));
			const forward = open(seed);
			const logs = await logLikelihood(forward, [1, 2, 3], answer);
			expect(forward.length).toBe(0);
			logs.forEach((log, i) => expect(log).toBeCloseTo(said[i]!, 5));
			expect(logs).toHaveLength(answer.length);
		}),
		{ numRuns: 20 }
	);
});

test('what is less likely is more perplexing; no tokens have no perplexity', async () => {
	const answer = [4, 5, 6, 7];
	const logs = await logLikelihood(open(1), [1], answer);
	expect(perplexity(logs)).toBeGreaterThan(1);
	expect(perplexity([Math.log(0.5), Math.log(0.125)])).toBeCloseTo(4, 10);
	expect(perplexity([])).toBeUndefined();
	expect(await logLikelihood(open(1), [1], [])).toEqual([]);
	await expect(logLikelihood(open(1), [], answer)).rejects.toThrow(/prompt is empty/);
});

test('middle(runs) is the run whose speed is in the middle; the prompt’s pass does not count', async () => {
	const run = (ms: number) => ({
		steps: (['prefill', 'decode'] as const).map((kind) => ({
			kind,
			emitted: kind === 'decode' ? [1, 2] : [],
			times: { total: kind === 'decode' ? ms : 1e6 }
		})) as unknown as Step[]
	});
	const runs = [40, 10, 20].map(run);
	expect(speedOf(runs[1]!)).toBeCloseTo(200, 10);
	expect(middle(runs)).toBe(runs[2]);
	expect(middle(runs.slice(0, 2))).toBe(runs[0]);
});
