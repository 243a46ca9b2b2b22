import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, defaults, type Session, type Step } from '../../../engine/decode/index.ts';
import { boardAt, paceOf } from '../../../src/lib/learn/diffusion.ts';
import { thresholdRun } from '../../../src/lib/learn/thresholdRun.ts';
import { randomTable, TableForward } from '../../fakes/table-forward.ts';

const V = 12;

/** A whole answer of a table by a decoder. */
async function sessionBy(decoder: 'ar' | 'block', seed: number, k: number, threshold: number) {
	const forward = new TableForward(randomTable(V, seed), {
		name: 'table',
		vocabulary: V,
		mask: 98,
		end: 99,
		capacity: 200
	});
	const settings = { ...defaults, decoder, k, threshold, maxTokens: 20 };
	const steps: Step[] = [];
	for await (const step of decode(forward, [1, 2], settings)) steps.push(step);
	const pieces = Object.fromEntries(Array.from({ length: V }, (_, id) => [id, `p${id}`]));
	return { settings, prompt: 'ask', pieces, steps } as unknown as Session;
}

const scenes = fc.record({
	decoder: fc.constantFrom('ar' as const, 'block' as const),
	seed: fc.nat(1e6),
	k: fc.integer({ min: 1, max: 9 }),
	threshold: fc.double({ min: 0, max: 1, noNaN: true })
});

test('a run that grows shows after each pass what the whole run has filled in by then', async () => {
	await fc.assert(
		fc.asyncProperty(scenes, async ({ decoder, seed, k, threshold }) => {
			const session = await sessionBy(decoder, seed, k, threshold);
			const whole = thresholdRun(session);
			expect(whole.tokens).toEqual(session.steps.flatMap(({ emitted }) => emitted));
			expect(whole.threshold).toBe(decoder === 'block' ? threshold : undefined);
			for (let steps = 1; steps <= session.steps.length; steps++) {
				const run = thresholdRun({ ...session, steps: session.steps.slice(0, steps) });
				const passes = steps - 1;
				expect(run.passes).toBe(passes);
				const there = whole.filled.filter((pass) => pass <= passes).length;
				expect(run.tokens.filter((token) => token >= 0)).toHaveLength(there);
				expect(paceOf([run]).rate).toBe(passes === 0 ? 0 : there / passes);
				// What is drawn of it is what is drawn of the whole run at that pass.
				const seen = boardAt(run, k, passes).filter(({ state }) => state !== 'open');
				const later = boardAt(whole, k, passes).filter(({ state }) => state !== 'open');
				expect(seen).toEqual(later);
			}
		}),
		{ numRuns: 60 }
	);
});
