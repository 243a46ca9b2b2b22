import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setup, stepMs } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import { planRun } from '../../../engine/timeline/index.ts';
import {
	boardAt,
	changes,
	fours,
	plainOf,
	promptsOf,
	runOf,
	sweepDrawing,
	sweepOf,
	type ThresholdFile
} from '../../../src/lib/learn/diffusion.ts';
import { acceptanceFor, drafters, eagleDrawing, lanesOf } from '../../../src/lib/learn/eagle.ts';
import { stretches, wordsApart } from '../../../src/lib/learn/search.ts';

const file = JSON.parse(readFileSync('lessons/runs/thresholds.json', 'utf8')) as ThresholdFile;
const ids = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 9 });

test('the distance of two texts is one: zero to itself, the same both ways, no longer by a detour', () => {
	fc.assert(
		fc.property(ids, ids, ids, (a, b, c) => {
			expect(changes(a, a)).toBe(0);
			expect(changes(a, b)).toBe(changes(b, a));
			expect(changes(a, c)).toBeLessThanOrEqual(changes(a, b) + changes(b, c));
			expect(changes(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
			expect(changes(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
		})
	);
	expect(changes([1, 2, 3, 4], [1, 3, 4, 5])).toBe(2);
	expect(fours([1, 2, 3, 4, 1, 2, 3, 4])).toEqual({ all: 5, distinct: 4 });
	expect(fours([1, 2])).toEqual({ all: 0, distinct: 0 });
});

test('the recorded runs are whole: every token was filled in by one of the passes, each pass filled in some', () => {
	expect(promptsOf(file).length).toBeGreaterThanOrEqual(3);
	for (const { tokens, words, filled, passes, threshold } of file.runs) {
		expect(words).toHaveLength(tokens.length);
		expect(filled).toHaveLength(tokens.length);
		for (const pass of filled) expect(pass >= 1 && pass <= passes).toBe(true);
		if (threshold === undefined) expect(filled).toEqual(tokens.map((_, i) => i + 1));
	}
	const plain = plainOf(file);
	expect([plain.rate, plain.away]).toEqual([1, 0]);
});

test('a lower threshold is faster, and no text repeats itself as much as the fastest', () => {
	const sweep = sweepOf(file);
	const rates = sweep.map(({ rate }) => rate);
	expect(rates).toEqual([...rates].sort((a, b) => a - b));
	expect(sweep.at(-1)!.rate).toBeGreaterThan(4);
	for (const { distinct } of [plainOf(file), ...sweep.slice(0, -1)])
		expect(distinct).toBeGreaterThan(sweep.at(-1)!.distinct);
	const say = { x: '', y: '', plain: '', name: () => 'n', tell: () => 't' };
	const { spots } = sweepDrawing(sweep, plainOf(file), 0.5, 400, say);
	expect(spots.map(({ key }) => Number(key))).toEqual(sweep.map(({ threshold }) => threshold));
});

test('a board shows what was filled up to a pass, and the masks of its block', () => {
	for (const prompt of promptsOf(file)) {
		const run = runOf(file, prompt, 0.5);
		expect(boardAt(run, file.k, 0).map(({ state }) => state)).toEqual(Array(file.k).fill('open'));
		for (let pass = 1; pass <= run.passes; pass++) {
			const cells = boardAt(run, file.k, pass);
			const done = cells.filter(({ state }) => state !== 'open');
			expect(done).toHaveLength(run.filled.filter((at) => at <= pass).length);
			const fresh = cells.filter((cell) => cell.fresh);
			for (const { state } of fresh) expect(state).toBe(fresh.length > 1 ? 'together' : 'alone');
		}
		expect(boardAt(run, file.k, run.passes).map(({ word }) => word)).toEqual(run.words);
	}
	expect(() => runOf(file, 'never asked', 0.5)).toThrow('never asked');
});

const at = (batch: number, model = 'qwen3-8b') =>
	setup({ device: findDevice('h100-sxm')!, model: findModel(model)!, batch });

test('a round of the lesson is a round of the timeline: the same passes at the same setups', () => {
	const s = at(1);
	for (const [drafter, decoder] of [
		['intern', 'speculative'],
		['head', 'eagle3']
	] as const) {
		const lane = lanesOf(s, 0.5, 4).find((one) => one.drafter === drafter)!;
		const acceptance = { kind: 'geometric', rate: 0.5, seed: 1 } as const;
		const passes = [
			...planRun({ decoder, setup: s, drafts: 4, steps: 1, block: 8, denoise: 1, acceptance })
		];
		const drafts = passes.filter(({ role }) => role === 'draft');
		expect(drafts).toHaveLength(lane.drafts);
		expect(stepMs(drafts[0]!.setup)).toBe(lane.draftMs);
		expect(stepMs(passes.at(-1)!.setup)).toBe(lane.passMs);
	}
});

test('at equal acceptance the head beats the separate model, and only the crowd decides between it and TiDAR', () => {
	const acceptance = fc.double({ min: 0, max: 1, noNaN: true });
	fc.assert(
		fc.property(acceptance, fc.integer({ min: 1, max: 8 }), (a, gamma) => {
			const lanes = lanesOf(at(1), a, gamma);
			expect(lanes.map(({ drafter }) => drafter)).toEqual([...drafters]);
			const [plain, intern, head] = lanes;
			expect(plain!.times).toBe(1);
			expect(head!.times).toBeGreaterThan(intern!.times);
			for (const { tokens, roundMs, times } of lanes)
				expect(times).toBeCloseTo((tokens * plain!.roundMs) / roundMs, 9);
		}),
		{ numRuns: 20 }
	);
	const times = (batch: number) => lanesOf(at(batch), 0.75, 5).map((lane) => lane.times);
	expect(times(1)[3]).toBeGreaterThan(times(1)[2]!);
	expect(times(8)[2]).toBeGreaterThan(times(8)[3]!);
	expect(() => lanesOf(at(1, 'llama-3.1-8b'), 0.5, 4)).toThrow('No model here drafts');
	const say = { large: '', sees: '', rounds: '', name: String, result: () => '', tell: () => 't' };
	const { marks } = eagleDrawing(lanesOf(at(1), 0.75, 5), 320, say, 'head');
	for (const mark of marks) expect(JSON.stringify(mark)).not.toMatch(/null|NaN/);
});

test('an acceptance is found from the tokens of a round', () => {
	expect(acceptanceFor(3.2880859375, 5)).toBeCloseTo(0.75, 6);
	expect(acceptanceFor(1, 5)).toBeCloseTo(0, 6);
});

test('what was found is marked, without markup; Chinese is asked for word by word', () => {
	expect(stretches('a &lt;b&gt; <mark>GPU</mark> &amp; c')).toEqual([
		{ text: 'a <b> ', found: false },
		{ text: 'GPU', found: true },
		{ text: ' & c', found: false }
	]);
	expect(stretches('')).toEqual([]);
	expect(wordsApart('接受率 是什么', 'zh').split(' ').length).toBeGreaterThan(1);
	expect(wordsApart('接受率', 'zh').replaceAll(' ', '')).toBe('接受率');
});
