import { describe, expect, test } from 'vitest';
import {
	duelAt,
	keepsPredictions,
	leftover,
	reshape,
	tellingSpot
} from '../../../src/lib/decode/candidates.ts';
import { layoutOf } from '../../../src/lib/decode/frame.ts';
import { slotOfDraft, slotsOfBlock } from '../../../engine/mask/index.ts';
import { withoutPredictions } from '../../../engine/decode/index.ts';
import { makeSession } from './fixture.ts';

describe('duelAt(session, index, spot)', () => {
	test('a draft meets the AR half behind the draft before it, and the mask it was drawn from', async () => {
		const session = await makeSession({}, { agreement: 0.5 });
		const index = session.steps.findIndex(({ verdicts }) =>
			verdicts.some(({ accepted }) => !accepted)
		);
		const step = session.steps[index]!;
		const before = session.steps[index - 1]!;
		const { draft } = step.verdicts.at(-1)!;
		const duel = duelAt(session, index, { slot: slotOfDraft(layoutOf(step), draft), says: false })!;
		const mask = slotsOfBlock(layoutOf(before), before.next!.block)[draft - 1]!;
		expect(duel.role).toBe('draft');
		expect(duel.ar).toEqual(step.predictions[slotOfDraft(layoutOf(step), draft - 1)]);
		expect(duel.diffusion).toEqual(before.predictions[mask]);
		expect(duel.diffusion!.tokens[0]).toBe(duel.token);
		expect(duel.winner).toBe(step.next!.drafts[0]);
		expect(duel.winner).toBe(duel.ar!.tokens[0]);
	});

	test('draft 1 was chosen by the AR half one pass ago', async () => {
		const session = await makeSession();
		const duel = duelAt(session, 2, { slot: 0, says: false })!;
		expect(duel.arFrom).toBe(-1);
		expect(duel.ar!.tokens[0]).toBe(duel.token);
		expect(duel.verdict!.rule).toBe('certain');
	});

	test('the first mask of a block meets the AR half; the others meet nobody yet', async () => {
		const session = await makeSession();
		const plan = layoutOf(session.steps[2]!);
		const [first, second] = slotsOfBlock(plan, 2) as [number, number];
		expect(duelAt(session, 2, { slot: first, says: false })!.ar).toEqual(
			session.steps[2]!.predictions[slotOfDraft(plan, 2)]
		);
		expect(duelAt(session, 2, { slot: second, says: false })!.ar).toBeUndefined();
	});

	test('in a prefill: the prompt and the block behind it', async () => {
		const session = await makeSession();
		const duel = duelAt(session, 0, { slot: 3, says: true })!;
		expect(duel.role).toBe('ar');
		expect(duel.position).toBe(4);
		expect(duel.token).toBe(session.steps[1]!.tokens[0]);
	});

	test('nothing where there is no such slot', async () => {
		const session = await makeSession();
		expect(duelAt(session, 1, { slot: 999, says: false })).toBeUndefined();
		expect(duelAt(session, 99, { slot: 0, says: false })).toBeUndefined();
	});

	test('the telling spot of every step can be looked at', async () => {
		for (const decoder of ['ar', 'tidar'] as const) {
			const session = await makeSession({ decoder });
			session.steps.forEach((_, i) =>
				expect(duelAt(session, i, tellingSpot(session, i)!)).toBeDefined()
			);
		}
	});
});

describe('reshape(prediction, temperature, topP)', () => {
	const said = { tokens: [7, 8, 9], probabilities: [0.5, 0.2, 0.1] };

	test('temperature 1 only makes the listed ones sum to 1', () => {
		const shares = reshape(said, 1);
		expect(shares[0]).toBeCloseTo(0.625, 12);
		expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
	});

	test('temperature 0 takes the likeliest; 2 takes square roots', () => {
		expect(reshape(said, 0)).toEqual([1, 0, 0]);
		const [a, b] = reshape(said, 2) as [number, number];
		expect(a / b).toBeCloseTo(Math.sqrt(0.5 / 0.2), 12);
	});

	test('top-p cuts the tail and never the head', () => {
		expect(reshape(said, 1, 0.5)).toEqual([1, 0, 0]);
		expect(reshape(said, 1, 0.7)[2]).toBe(0);
	});
});

describe('leftover(duel, settings)', () => {
	const duel = {
		position: 3,
		role: 'draft',
		number: 2,
		ar: { tokens: [1, 2, 3], probabilities: [0.5, 0.3, 0.2] },
		diffusion: { tokens: [2, 1, 9], probabilities: [0.6, 0.1, 0.3] },
		arFrom: 0,
		diffusionFrom: -1,
		verdict: { draft: 2, accepted: false, rule: 'ratio', p: 0.3, q: 0.6, draw: 0.7 }
	} as const;

	test('is what p has more than q, made to sum to 1: 0.4 and 0.2 of 0.6', () => {
		const rest = leftover(duel, { temperature: 1, topP: 1 })!;
		expect(rest.map(({ token }) => token)).toEqual([1, 3]);
		expect(rest[0]!.share).toBeCloseTo(2 / 3, 12);
		expect(rest[1]!.share).toBeCloseTo(1 / 3, 12);
	});

	test('exists only where the ratio test was lost', () => {
		const won = { ...duel, verdict: { ...duel.verdict, accepted: true } };
		expect(leftover(won, { temperature: 1, topP: 1 })).toBeUndefined();
		const greedy = { ...duel, verdict: { draft: 2, accepted: false, rule: 'greedy' as const } };
		expect(leftover(greedy, { temperature: 1, topP: 1 })).toBeUndefined();
	});
});

test('keepsPredictions(session): a run keeps them, a lane of a recorded race does not', async () => {
	const session = await makeSession();
	expect(keepsPredictions(session)).toBe(true);
	expect(keepsPredictions(withoutPredictions(session))).toBe(false);
});

test('a canvas that is read with its prompt: its first slots are the prompt', async () => {
	const session = await makeSession({ decoder: 'llada', maxTokens: 6 }, { canvas: 'llada' });
	const [first] = session.steps;
	expect(first!.start).toBe(0);
	expect(duelAt(session, 0, { slot: 1, says: false })).toMatchObject({
		role: 'prompt',
		token: session.promptTokens[1]
	});
	const behind = { slot: session.promptTokens.length, says: false };
	expect(duelAt(session, 0, behind)?.role).toBe('mask');
});
