import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, defaults, type PassInput, type Prediction } from '../../../engine/decode/index.ts';
import { arSpec, chainSpec, prefillSpec, tidarSpec } from '../../../engine/mask/index.ts';
import type { Followed } from '../../../engine/runtime/ahead/course.ts';
import { chainOf, guessNext, isGuess } from '../../../engine/runtime/ahead/guess.ts';
import { randomTable, TableForward } from '../../fakes/table-forward.ts';

test('chainOf(spec) knows the steps of AR and of TiDAR, whole ones alone', () => {
	expect(chainOf(arSpec)).toEqual({ drafts: 1, masks: 0 });
	for (const k of [1, 2, 8]) expect(chainOf(tidarSpec(k))).toEqual({ drafts: k, masks: k });
	expect(chainOf(prefillSpec(3, 4))).toBeUndefined();
	expect(chainOf(chainSpec(3))).toBeUndefined();
	expect(chainOf(tidarSpec(4, 4, 6))).toBeUndefined();
	expect(chainOf({ prompt: 0, parents: [0, 0], blocks: [0, 2, 2] })).toBeUndefined();
});

/** Keeps what every pass was asked, and said. */
class Watched extends TableForward {
	readonly seen: { pass: Followed; predictions: readonly (Prediction | null)[] }[] = [];
	kept: { slots: readonly number[]; at: number }[] = [];

	override async run(input: PassInput) {
		const start = this.length;
		const result = await super.run(input);
		const { layout, tokens } = input;
		this.seen.push({ pass: { spec: layout.spec, tokens, start }, predictions: result.predictions });
		return result;
	}

	override keep(slots: readonly number[]) {
		this.kept.push({ slots, at: this.length });
		super.keep(slots);
	}
}

test('guessNext foretells every step of a greedy decoder that trusts AR', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.nat(),
			fc.double({ min: 0, max: 1, noNaN: true }),
			fc.constantFrom('ar', 'tidar'),
			fc.integer({ min: 1, max: 6 }),
			async (seed, agreement, decoder, k) => {
				const forward = new Watched(randomTable(12, seed, agreement), {
					name: 'table',
					vocabulary: 12,
					mask: 98,
					end: 99,
					capacity: 200
				});
				const settings = { ...defaults, decoder, k, maxTokens: 12 } as const;
				const steps = decode(forward, [1, 2, 3], settings);
				while (!(await steps.next()).done);
				const decoded = forward.seen.slice(1);
				expect(decoded.length).toBeGreaterThan(0);
				decoded.slice(0, -1).forEach(({ pass, predictions }, i) => {
					const top = predictions.map((one) => ({ tokens: one!.tokens, logits: [], logSumExp: 0 }));
					const guess = guessNext(chainOf(pass.spec)!, pass, top);
					const commit = forward.kept[i + 1];
					expect(isGuess(pass, guess, decoded[i + 1]!.pass, commit)).toBe(true);
					// And takes nothing else for it.
					const other = { ...decoded[i + 1]!.pass, start: pass.start };
					expect(isGuess(pass, guess, other, commit)).toBe(false);
					expect(isGuess(pass, guess, decoded[i + 1]!.pass, undefined)).toBe(false);
				});
			}
		),
		{ numRuns: 60 }
	);
});
