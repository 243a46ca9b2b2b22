import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layout, tidarSpec, visible } from '../../../engine/mask/index.ts';
import { MaskTask } from '../../../src/lib/learn/mask-task.ts';
import { contest, experiment, overlap, type Rivals } from '../../../src/lib/learn/lossless.ts';
import { best, breakEven, internDrawing, MOST, speedup } from '../../../src/lib/learn/intern.ts';
import {
	reportsOf,
	targetOf,
	trainingCurve,
	trainingSpec
} from '../../../src/lib/learn/training.ts';
import { answerBefore, caseOf, playable, rivalTokens } from '../../../src/lib/learn/verify.ts';
import { sessionOf } from '../../../lessons/values.ts';

test('the mask to be built is the engine’s', () => {
	for (const k of [2, 3]) {
		const task = new MaskTask(k);
		const seen = visible(layout(tidarSpec(k)));
		expect(task.wanted.size).toBe(seen.flat().length);
		seen.forEach((columns, row) => {
			for (let column = 0; column < task.slots; column++) {
				expect(task.reason({ row, column }).sees).toBe(columns.includes(column));
			}
		});
		expect(task.complete(task.wanted)).toBe(true);
		expect(task.complete(new Set([...task.wanted].slice(1)))).toBe(false);
	}
});

test('who plays the verifier of a recorded run by the rule comes to what the engine did', () => {
	for (const id of ['sky', 'gravity', 'story']) {
		const session = sessionOf(id);
		const steps = playable(session);
		expect(steps.length).toBeGreaterThan(5);
		for (const index of steps) {
			const play = caseOf(session.steps[index]!)!;
			let kept = 1;
			while (kept < play.drafts.length && play.drafts[kept] === play.said[kept - 1]) kept++;
			expect([kept, kept, play.said[kept - 1]]).toEqual([play.accepted, play.block, play.next]);
			expect(rivalTokens(play, kept)).toContain(play.next);
		}
	}
});

test('the answer before a step is what the steps before it wrote', () => {
	const session = sessionOf('sky');
	expect(answerBefore(session, 1)).toEqual([]);
	expect(answerBefore(session, 3)).toHaveLength(
		session.steps[1]!.emitted.length + session.steps[2]!.emitted.length
	);
});

const distribution = fc
	.array(fc.integer({ min: 1, max: 100 }), { minLength: 4, maxLength: 4 })
	.map((weights) => {
		const sum = weights.reduce((a, b) => a + b, 0);
		return Float64Array.from(weights, (weight) => weight / sum);
	});
const rivals: fc.Arbitrary<Rivals> = fc.record({
	tokens: fc.constant([1, 2, 3, 4]),
	p: distribution,
	q: distribution
});

test('checked drafts come out as the AR half has it, unchecked ones as the diffusion half', () => {
	const n = 10_000;
	const away = ({ p, q }: Rivals) =>
		Array.from(p).reduce((sum, share, i) => sum + Math.abs(share - q[i]!), 0) / 2;
	fc.assert(
		fc.property(rivals, (r) => {
			const checked = experiment(r, 'check', n);
			expect(checked.counts.reduce((a, b) => a + b, 0)).toBe(n);
			// Five standard deviations of the sum of four shares.
			expect(checked.distance).toBeLessThan(0.03);
			expect(Math.abs(checked.accepted / n - overlap(r))).toBeLessThan(0.03);
			expect(Math.abs(experiment(r, 'trust', n).distance - away(r))).toBeLessThan(0.03);
			expect(Math.abs(experiment(r, 'mixed', n).distance - away(r) / 2)).toBeLessThan(0.03);
			expect(contest(r)).toBeGreaterThanOrEqual(0);
		}),
		{ numRuns: 40 }
	);
	expect(
		experiment({ tokens: [1], p: new Float64Array([1]), q: new Float64Array([1]) }, 'check', 0)
			.distance
	).toBe(0);
});

const rounds = fc.record({
	acceptance: fc.double({ min: 0, max: 1, noNaN: true }),
	gamma: fc.integer({ min: 1, max: MOST }),
	cost: fc.double({ min: 0, max: 1, noNaN: true }),
	verify: fc.double({ min: 1, max: 3, noNaN: true }).map((price) => () => price)
});

test('no number of drafts beats the best, and at break-even a round is as fast as plain decoding', () => {
	fc.assert(
		fc.property(rounds, (round) => {
			const most = speedup({ ...round, gamma: best(round) });
			for (let gamma = 1; gamma <= MOST; gamma++) {
				expect(speedup({ ...round, gamma })).toBeLessThanOrEqual(most + 1e-9);
			}
			const even = breakEven(round);
			if (even === null) expect(speedup({ ...round, acceptance: 1 })).toBeLessThan(1);
			else if (even > 0) expect(speedup({ ...round, acceptance: even })).toBeCloseTo(1, 6);
			const words = { round: '', plain: '', chance: '', speed: '', even: '', best: '', axis: '' };
			const { marks, spots } = internDrawing(round, 400, { ...words, tell: String });
			expect(spots.map(({ label }) => label)).toEqual(
				Array.from({ length: MOST }, (_, i) => String(i + 1))
			);
			for (const mark of marks) expect(JSON.stringify(mark)).not.toContain('null');
		})
	);
});

test('the mask of training is the one that the training code makes', () => {
	// engine/train/tests/test_slots.py, document A: five tokens, a block of two behind the fourth.
	const plan = layout({ prompt: 0, parents: [0, 1, 2, 3, 4], blocks: [0, 0, 0, 0, 2] });
	expect(visible(plan).slice(5)).toEqual([
		[0, 1, 2, 3, 5, 6],
		[0, 1, 2, 3, 5, 6]
	]);
	expect(trainingSpec(5, 8, 4)).toEqual({ ...plan.spec, blocks: [0, 0, 0, 0, 1, 0] });
});

test('in training a mask sees the text before its block and its block, never what it is to predict', () => {
	const row = fc.record({
		n: fc.integer({ min: 1, max: 20 }),
		k: fc.integer({ min: 1, max: 8 }),
		first: fc.nat(7)
	});
	fc.assert(
		fc.property(row, ({ n, k, first }) => {
			const plan = layout(trainingSpec(n, k, first % k));
			const masks = plan.slots.filter(({ region }) => region === 'mask');
			// Every place behind the first tokens is masked once.
			expect(masks.map(({ offset }) => offset)).toEqual(
				Array.from({ length: Math.max(0, n - (first % k)) }, (_, i) => i + (first % k))
			);
			visible(plan).forEach((seen, slot) => {
				const { region, block, offset } = plan.slots[slot]!;
				const clean = seen.filter((s) => s < n);
				if (region === 'draft') expect(seen).toEqual(Array.from({ length: slot + 1 }, (_, i) => i));
				else {
					expect(clean).toEqual(Array.from({ length: block }, (_, i) => i));
					expect(seen.slice(clean.length).every((s) => plan.slots[s]!.block === block)).toBe(true);
				}
				expect(clean).not.toContain(targetOf(plan, slot));
				expect(targetOf(plan, slot)).toBe(region === 'draft' ? offset + 1 : offset);
			});
		})
	);
});

test('a training log is read report by report', () => {
	const [first, ...rest] = reportsOf(
		readFileSync('engine/train/results/logs/v1-train.jsonl', 'utf8')
	);
	expect(first).toEqual({
		step: 100,
		tokens: 2.5529,
		places: [0.5234, 0.4009, 0.3116],
		rate: 8e-4
	});
	expect(rest.at(-1)!.rate).toBe(0);
	const say = { x: '', y: '', falls: '', tell: ({ step }: { step: number }) => String(step) };
	expect(trainingCurve([first!, ...rest], 500, say).spots).toHaveLength(rest.length + 1);
});
