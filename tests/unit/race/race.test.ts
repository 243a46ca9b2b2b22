import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import { setup, stepMs } from '../../../engine/cost/index.ts';
import { layout } from '../../../engine/mask/index.ts';
import { eagleHead } from '../../../engine/timeline/decoders.ts';
import { differences } from '../../../src/lib/race/difference.ts';
import { parseRace } from '../../../src/lib/race/file.ts';
import {
	DRAFT_SHARE,
	lanesOf,
	podium,
	racers,
	racersHere,
	tokensAt,
	weightsBy
} from '../../../src/lib/race/lanes.ts';
import { shuffled } from '../../../src/lib/race/runner.svelte.ts';
import { DRAFT, MODEL } from '../../../src/lib/state/model-name.ts';
import { readRace, start, writeRace } from '../../../src/lib/race/url.ts';

const json = readFileSync('static/races/gravity.json', 'utf8');
const parsed = parseRace(json);
if (!parsed.ok) throw new Error(parsed.problem);
const { sessions, marks } = parsed.race;
const marksOf = (session: (typeof sessions)[number]) => marks?.[sessions.indexOf(session)];
const h100 = {
	kind: 'simulated' as const,
	rig: setup({ device: findDevice('h100-sxm')!, model: findModel('qwen3-8b')! })
};
const { rig } = h100;

describe('lanesOf(sessions, track)', () => {
	test('measured: a lane ends when its passes have taken their times', () => {
		for (const lane of lanesOf(sessions, { kind: 'measured' })) {
			const total = lane.session.steps.reduce((sum, { times }) => sum + times.total, 0);
			expect(lane.endMs).toBeCloseTo(total, 6);
			expect(lane.marks.at(-1)!.tokens).toBe(lane.tokens);
			expect(lane.bytes).toBeUndefined();
		}
	});

	test('measured: a token moves the weights once for every pass that it took, the drafter’s own for its', () => {
		const weights = () => ({ model: 90e6, draft: 18e6 });
		for (const lane of lanesOf(sessions, { kind: 'measured', weights })) {
			const passes = lane.session.steps.slice(1);
			const drafting = passes.filter(({ by }) => by === 'draft').length;
			const moved = 90e6 * (passes.length - drafting) + 18e6 * drafting;
			expect(lane.bytes).toBeCloseTo(moved / lane.tokens, 3);
		}
	});

	test('the same text is as likely; what block diffusion writes unchecked is less so', () => {
		const lanes = lanesOf(sessions, h100, marksOf);
		const of = (decoder: string) =>
			lanes.find(({ session }) => session.settings.decoder === decoder)!.perplexity!;
		expect(of('tidar')).toBe(of('ar'));
		expect(of('block')).toBeGreaterThan(of('ar'));
		expect(lanes.every(({ speeds }) => speeds === undefined)).toBe(true);
		for (const { speeds, perSecond } of lanesOf(sessions, { kind: 'measured' }, marksOf))
			expect(speeds!.some((speed) => Math.abs(speed / perSecond - 1) < 1e-3)).toBe(true);
	});

	test('simulated: a step costs what the simulator says of its slots and its cache', () => {
		const lane = lanesOf(sessions, h100).find(
			({ session }) => session.settings.decoder === 'tidar'
		)!;
		const step = lane.session.steps[3]!;
		const slots = layout(step.layout).slots.length;
		const ms = stepMs({ ...rig, slots, context: step.start });
		expect(slots).toBe(72);
		expect(lane.marks[3]!.ms - lane.marks[2]!.ms).toBeCloseTo(ms, 6);
		expect(lane.joules).toBeGreaterThan(0);
	});

	test('simulated: in a batch a step costs more, and its bytes and joules are shared', () => {
		const of = (batch: number) =>
			lanesOf(sessions, { ...h100, rig: { ...rig, batch } }).find(
				({ session }) => session.settings.decoder === 'tidar'
			)!;
		const [one, many] = [of(1), of(16)];
		expect(many.perSecond).toBeLessThan(one.perSecond);
		expect(many.perSecond).toBeGreaterThan(one.perSecond / 16);
		expect(many.bytes).toBeLessThan(one.bytes!);
		expect(many.joules).toBeLessThan(one.joules!);
	});

	test('lossless decoders write what AR writes, block diffusion does not', () => {
		const differs = lanesOf(sessions, h100).map(({ session, differs }) => [
			session.settings.decoder,
			differs !== undefined
		]);
		for (const [decoder, other] of differs)
			expect(other, String(decoder)).toBe(decoder === 'block');
		expect(differs.length).toBeGreaterThan(3);
	});

	test('a drafter costs its share of the weights, which is that of the models in their manifests', () => {
		const weightsOf = (name: string) => {
			const file = `static/models/${name}/manifest.json`;
			const { architecture: a } = JSON.parse(readFileSync(file, 'utf8'));
			const attention = a.width * a.headSize * 2 * (a.heads + a.kvHeads);
			return a.vocabulary * a.width + a.layers * (attention + 3 * a.width * a.ffn);
		};
		expect(DRAFT_SHARE).toBeCloseTo(weightsOf(DRAFT) / weightsOf(MODEL), 3);
		const [session] = sessions;
		const step = { ...session!.steps[2]!, by: 'draft' as const };
		const drafting = { ...session!, steps: [session!.steps[0]!, step, ...session!.steps.slice(2)] };
		const [own] = lanesOf([session!], h100);
		const [with_] = lanesOf([drafting], h100);
		const pass = own!.marks[2]!.ms - own!.marks[1]!.ms;
		expect(with_!.marks[1]!.ms - with_!.marks[0]!.ms).toBeCloseTo(DRAFT_SHARE * pass, 6);
	});

	test('an EAGLE-3 head costs one layer and a smaller vocabulary of whatever model it is simulated for', () => {
		const [session] = sessions;
		const step = { ...session!.steps[2]!, by: 'draft' as const };
		const settings = { ...session!.settings, decoder: 'eagle3' as const };
		const [lane] = lanesOf([{ ...session!, settings, steps: [session!.steps[0]!, step] }], h100);
		const slots = layout(step.layout).slots.length;
		const head = { ...rig, model: eagleHead(rig.model), slots, context: step.start };
		expect(lane!.marks[1]!.ms - lane!.marks[0]!.ms).toBeCloseTo(stepMs(head), 6);
		expect(stepMs(head)).toBeLessThan(stepMs({ ...head, model: rig.model }) / 10);
	});

	test('weightsBy(model, extras): what a decoder has beside the model counts; unknown where its weights are not here', () => {
		const moves = { model: 90, draft: 9 };
		const extra = { decoder: 'eagle3', folder: 'head', name: 'head', bytes: 10, moves } as const;
		const weights = weightsBy(80, [extra]);
		expect(weights('eagle3')).toBe(moves);
		expect(weights('tidar')).toEqual({ model: 80, draft: 0 });
		expect(weights('dream')).toBeUndefined();
		expect(weightsBy(undefined, [])('tidar')).toBeUndefined();
	});

	test('tokensAt(lane, ms) grows from none to all, and the podium falls', () => {
		const lanes = lanesOf(sessions, h100);
		for (const lane of lanes) {
			expect(tokensAt(lane, 0)).toBe(0);
			expect(tokensAt(lane, lane.endMs)).toBe(lane.tokens);
		}
		const speeds = podium(lanes).map(({ perSecond }) => perSecond);
		expect(speeds).toEqual([...speeds].sort((a, b) => b - a));
	});
});

test('parseRace(json) reads what was saved, and says what is wrong with anything else', () => {
	expect(parseRace('{')).toEqual({ ok: false, problem: 'not-json' });
	expect(parseRace('null')).toEqual({ ok: false, problem: 'not-a-race' });
	const race = JSON.parse(json);
	const changed = (sessions: unknown[]) => parseRace(JSON.stringify({ ...race, sessions }));
	expect(changed(race.sessions.slice(0, 1))).toEqual({ ok: false, problem: 'lanes' });
	expect(changed([race.sessions[0], { ...race.sessions[1], prompt: 'b' }])).toEqual({
		ok: false,
		problem: 'prompts'
	});
	expect(changed([race.sessions[0], null])).toEqual({ ok: false, problem: 'session' });
	const { marks } = race;
	for (const wrong of [
		marks.slice(1),
		[{ ...marks[0], logs: [] }, ...marks.slice(1)],
		[{ ...marks[0], speeds: [-1] }, ...marks.slice(1)]
	])
		expect(parseRace(JSON.stringify({ ...race, marks: wrong }))).toEqual({
			ok: false,
			problem: 'marks'
		});
	// As files were before their texts were judged.
	expect(parseRace(JSON.stringify({ ...race, marks: undefined })).ok).toBe(true);
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			expect(parseRace(JSON.stringify(value)).ok).toBe(false);
		})
	);
});

test('a link to a race is read as it was written; what is wrong is named', () => {
	const place = {
		race: 'sky',
		lanes: ['eagle3', 'lookup', 'llada', 'dream', 'tidar'],
		track: 'measured',
		rig: { ...start.rig, gpu: 'h200', model: 'qwen3-32b', batch: 16, weights: 'fp8', tp: 2 },
		runs: 5
	} as const;
	expect(readRace(writeRace(place), racers)).toEqual({ place, corrections: [] });
	expect(writeRace(start).toString()).toBe('');
	const wrong = readRace(new URLSearchParams('gpu=none&lanes=ar&on=moon'), racers);
	expect(wrong.place).toEqual(start);
	expect(wrong.corrections.map(({ name }) => name)).toEqual(['lanes', 'on', 'gpu']);
	expect(wrong.corrections[2]).toMatchObject({ asked: 'none', taken: 'h100-sxm' });
	const without = readRace(writeRace(place), racersHere([]));
	expect(without.corrections).toEqual([{ name: 'lanes', asked: place.lanes.join(',') }]);
	expect(without.place.lanes).toEqual(start.lanes.filter((lane) => lane !== 'speculative'));
});

test('differences(a, b): what is marked and what is not make up each text, and the rest is the same in both', () => {
	const text = fc.array(fc.nat({ max: 4 }), { maxLength: 30 });
	fc.assert(
		fc.property(text, text, (a, b) => {
			const found = differences(a, b);
			expect(found.a.flatMap(({ tokens }) => tokens)).toEqual(a);
			expect(found.b.flatMap(({ tokens }) => tokens)).toEqual(b);
			const same = (of: (typeof found)['a']) =>
				of.filter(({ same }) => same).flatMap(({ tokens }) => tokens);
			expect(same(found.a)).toEqual(same(found.b));
		})
	);
	expect(differences([1, 2, 3, 4], [1, 9, 3, 4]).b).toEqual([
		{ tokens: [1], same: true },
		{ tokens: [9], same: false },
		{ tokens: [3, 4], same: true }
	]);
});

test('shuffled(items, seed) is a permutation, the same for the same seed', () => {
	fc.assert(
		fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
			const order = shuffled(items, seed);
			expect([...order].sort()).toEqual([...items].sort());
			expect(shuffled(items, seed)).toEqual(order);
		})
	);
});
