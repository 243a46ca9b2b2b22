import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import { setup, stepMs } from '../../../engine/cost/index.ts';
import { layout } from '../../../engine/mask/index.ts';
import { parseRace } from '../../../src/lib/race/file.ts';
import {
	DRAFT_SHARE,
	lanesOf,
	podium,
	racers,
	tokensAt,
	type Track
} from '../../../src/lib/race/lanes.ts';
import { shuffled } from '../../../src/lib/race/runner.svelte.ts';
import { DRAFT, MODEL } from '../../../src/lib/state/model-name.ts';
import { readRace, start, writeRace } from '../../../src/lib/race/url.ts';

const json = readFileSync('static/races/gravity.json', 'utf8');
const parsed = parseRace(json);
if (!parsed.ok) throw new Error(parsed.problem);
const { sessions } = parsed.race;
const h100: Track = {
	kind: 'simulated',
	device: findDevice('h100-sxm')!,
	model: findModel('qwen3-8b')!
};

describe('lanesOf(sessions, track)', () => {
	test('measured: a lane ends when its passes have taken their times', () => {
		for (const lane of lanesOf(sessions, { kind: 'measured' })) {
			const total = lane.session.steps.reduce((sum, { times }) => sum + times.total, 0);
			expect(lane.endMs).toBeCloseTo(total, 6);
			expect(lane.marks.at(-1)!.tokens).toBe(lane.tokens);
			expect(lane.bytes).toBeUndefined();
		}
	});

	test('simulated: a step costs what the simulator says of its slots and its cache', () => {
		const lane = lanesOf(sessions, h100).find(
			({ session }) => session.settings.decoder === 'tidar'
		)!;
		const step = lane.session.steps[3]!;
		const slots = layout(step.layout).slots.length;
		const { device, model } = h100 as Extract<Track, { kind: 'simulated' }>;
		const ms = stepMs(setup({ device, model, slots, context: step.start }));
		expect(slots).toBe(72);
		expect(lane.marks[3]!.ms - lane.marks[2]!.ms).toBeCloseTo(ms, 6);
		expect(lane.joules).toBeGreaterThan(0);
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
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			expect(parseRace(JSON.stringify(value)).ok).toBe(false);
		})
	);
});

test('a link to a race is read as it was written; what is wrong is named', () => {
	const place = {
		race: 'sky',
		lanes: racers.filter((racer) => racer !== 'block' && racer !== 'ar'),
		track: 'measured',
		gpu: 'h200',
		model: 'qwen3-32b'
	} as const;
	expect(readRace(writeRace(place))).toEqual({ place, corrections: [] });
	expect(writeRace(start).toString()).toBe('');
	const wrong = readRace(new URLSearchParams('gpu=none&lanes=ar&on=moon'));
	expect(wrong.place).toEqual(start);
	expect(wrong.corrections.map(({ name }) => name)).toEqual(['lanes', 'on', 'gpu']);
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
