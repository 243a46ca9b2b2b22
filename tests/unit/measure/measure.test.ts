import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Forward, PassInput, Session } from '../../../engine/decode/index.ts';
import { agreement, measureSlots, spreadOf, STEPS } from '../../../engine/runtime/measure/index.ts';
import { element } from '../../../engine/runtime/measure/kernels.ts';
import { timeOf, type Stopwatch } from '../../../engine/runtime/measure/stopwatch.ts';
import { browserOf } from '../../../src/lib/measure/browser.ts';
import { find, nearestDevice } from '../../../src/lib/measure/find.ts';
import {
	packMeasurement,
	parseMeasurement,
	recallMeasurement,
	unpackMeasurement,
	type Measurement
} from '../../../src/lib/measure/result.ts';
import { tellFinding } from '../../../src/lib/measure/words.ts';

/** A measurement whose passes take these milliseconds. */
const measurement = (
	times: Readonly<Record<number, number>>,
	more: Partial<Measurement> = {}
): Measurement => ({
	format: 'tidar-measurement',
	version: 1,
	date: '2026-11-25T08:00:00.000Z',
	browser: 'Chromium 150',
	machine: {
		backend: 'webgpu',
		name: 'nvidia ampere',
		software: false,
		f16: true,
		timestamps: true,
		subgroups: true,
		limits: { maxBufferSize: 2 ** 31 },
		cores: 8,
		isolated: true
	},
	micro: {
		copy: { median: 500, low: 490, high: 510, n: 9 },
		clock: 'timestamps',
		wrong: []
	},
	model: {
		name: 'tidar-smollm2-135m',
		weights: 'abc',
		bytes: 92e6,
		precision: 'f32',
		context: 128
	},
	slots: Object.entries(times).map(([slots, ms]) => ({
		slots: Number(slots),
		k: Math.round(Math.sqrt(Number(slots) + 0.25) - 0.5),
		median: ms,
		low: ms * 0.98,
		high: ms * 1.02,
		n: 15
	})),
	hidden: false,
	...more
});
const launches = measurement({ 1: 7.2, 2: 7.2, 6: 7.3, 20: 7.6, 72: 8.2, 272: 10 });

describe('spreadOf(values)', () => {
	test('median and quartiles, between neighbours', () => {
		expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, n: 4 });
		expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7, n: 1 });
		expect(() => spreadOf([])).toThrow('nothing was measured');
	});
});

describe('timeOf(watch, record)', () => {
	/** A device on which an empty pass takes `empty` ms and each thing `each`. */
	const watch = (empty: number, each: number): Stopwatch & { longest: number } => ({
		clock: 'wall',
		longest: 0,
		async time(record) {
			let n = 0;
			record({ dispatchWorkgroups: () => n++ } as unknown as GPUComputePassEncoder);
			this.longest = Math.max(this.longest, n);
			return empty + n * each;
		},
		dispose: () => undefined
	});
	const one = (pass: GPUComputePassEncoder) => pass.dispatchWorkgroups(1);

	test('repeats until it can be timed, and takes off what an empty pass takes', async () => {
		const fast = watch(3, 0.01);
		const found = await timeOf(fast, one);
		expect(found.median).toBeCloseTo(0.01, 6);
		expect(found.n).toBe(9);
		expect(fast.longest).toBe(4096);
	});

	test('where an empty pass is slow, more are done until they can be told from it', async () => {
		const lazy = watch(60, 0.5);
		expect((await timeOf(lazy, one)).median).toBeCloseTo(0.5, 6);
		expect(lazy.longest).toBe(64);
	});

	test('a slow thing is done once a pass', async () => {
		const slow = watch(0, 400);
		expect((await timeOf(slow, one)).median).toBe(400);
		expect(slow.longest).toBe(1);
	});

	test('ends when it is aborted', async () => {
		const signal = AbortSignal.abort(new Error('enough'));
		await expect(timeOf(watch(0, 1), one, { signal })).rejects.toThrow('enough');
	});
});

test('element(j) is what the shader writes: five values, all met', () => {
	const met = new Set(Array.from({ length: 1000 }, (_, j) => element(j)));
	expect([...met].sort((a, b) => a - b)).toEqual([-0.5, -0.25, 0, 0.25, 0.5]);
	expect(element(3_000_000)).toBe((((Math.imul(3_000_000, 7919) >>> 3) % 5) - 2) / 4);
});

/** A model that says token 7 everywhere, and takes a millisecond a slot. */
function forward(says = 7): Forward & { asked: PassInput[] } {
	let length = 0;
	const asked: PassInput[] = [];
	return {
		asked,
		model: { name: 'fake', vocabulary: 10, mask: 9, end: 2, capacity: 2048 },
		get length() {
			return length;
		},
		async run(input) {
			asked.push(input);
			return {
				predictions: input.layout.slots.map(() => ({
					tokens: [says, 1],
					probabilities: [0.6, 0.4]
				})),
				logits: () => Promise.reject(new Error('not asked for')),
				times: { total: input.layout.slots.length, gpu: 0.5 }
			};
		},
		keep: (slots) => void (length += slots.length),
		truncate: (to) => void (length = to)
	};
}

describe('measureSlots(forward)', () => {
	test('1 to 272 slots in order, over a cache that is emptied afterwards', async () => {
		const fake = forward();
		const told: number[] = [];
		const times = await measureSlots(fake, { onTime: ({ slots }) => told.push(slots) });
		expect(times.map(({ slots }) => slots)).toEqual([1, 2, 6, 20, 42, 72, 110, 156, 210, 272]);
		expect(times.map(({ median }) => median)).toEqual(times.map(({ slots }) => slots));
		expect(times[0]).toMatchObject({ n: 30, gpu: 0.5 });
		expect(times[1]).toMatchObject({ n: 15 });
		expect(told.slice(0, 4)).toEqual([1, 72, 20, 272]);
		expect(told).toHaveLength(STEPS.length);
		expect(fake.length).toBe(0);
		expect(fake.asked[0]!.layout.slots).toHaveLength(128);
	});

	test('without patience there is one slot at least', async () => {
		const times = await measureSlots(forward(), { patience: -1 });
		expect(times.map(({ slots }) => slots)).toEqual([1]);
	});

	test('an aborted one leaves the cache empty', async () => {
		const fake = forward();
		const signal = AbortSignal.abort(new Error('enough'));
		await expect(measureSlots(fake, { signal })).rejects.toThrow('enough');
		expect(fake.length).toBe(0);
	});
});

describe('agreement(forward, session)', () => {
	const step = (token: number, second: number) => ({
		index: 0,
		kind: 'decode',
		layout: { prompt: 0, parents: [0], blocks: [0, 0] },
		tokens: [3],
		start: 0,
		predictions: [{ tokens: [token, 1], probabilities: [0.5, second] }],
		kept: [0]
	});
	const session = {
		steps: [step(7, 0.1), step(8, 0.1), step(8, 0.495)]
	} as unknown as Pick<Session, 'steps'>;

	test('counts equal tokens, and apart those that rounding decides', async () => {
		const fake = forward();
		expect(await agreement(fake, session)).toEqual({ slots: 3, equal: 1, close: 1, passes: 3 });
		expect(fake.length).toBe(0);
	});

	test('a recording that goes on with an earlier chat cannot be repeated', async () => {
		const later = { steps: [{ ...session.steps[0]!, start: 5 }] };
		expect(await agreement(forward(), later)).toMatchObject({ passes: 0 });
	});
});

describe('find(measurement)', () => {
	test('launch-bound: 20 slots are free, and memory is told', () => {
		const finding = find(launches)!;
		expect(finding).toMatchObject({ slots: 20, zone: 'free', pace: 'launches', one: 7.2 });
		expect(finding.ratio).toBeCloseTo(7.6 / 7.2);
		expect(finding.memory).toBeCloseTo(92e6 / 500e6, 3);
		// 7.92 ms lies between 20 slots (7.6) and 72 (8.2).
		expect(finding.free).toBe(Math.floor(20 + (52 * 0.32) / 0.6));
		expect(finding.allCheap).toBe(true);
		expect(tellFinding(finding, launches)[0]).toBe(
			'On this GPU 20 slots cost 6 % more than one (7.60 against 7.20 ms): free. Launches of many small kernels, not memory, set the pace.'
		);
	});

	test('memory-bound where reading the weights takes at least half', () => {
		const slow = measurement(
			{ 1: 10, 20: 10.4, 72: 12 },
			{ micro: { ...launches.micro, copy: { median: 12, low: 12, high: 12, n: 9 } } }
		);
		expect(find(slow)!.pace).toBe('memory');
	});

	test('host-bound where the device idles', () => {
		const idle = measurement({ 1: 10, 20: 10.4 });
		const slots = idle.slots.map((time) => ({ ...time, gpu: 2 }));
		expect(find({ ...idle, slots })!.pace).toBe('host');
	});

	test('on a processor slots are not free', () => {
		const machine = { ...launches.machine, backend: 'wasm' as const, name: 'CPU' };
		const cpu = measurement({ 1: 30, 2: 45, 20: 120, 72: 330 }, { machine });
		const finding = find(cpu)!;
		expect(finding).toMatchObject({ zone: 'paid', pace: 'arithmetic' });
		expect(tellFinding(finding, cpu)[0]).toMatch(
			/^On this processor 20 slots take 4 times as long as one \(120 against 30 ms\): they are not free/
		);
	});

	test('one slot alone says nothing', () => {
		expect(find(measurement({ 1: 5 }))).toBeUndefined();
		expect(find(measurement({ 2: 5, 20: 6 }))).toBeUndefined();
	});

	test('the speed-up follows from T/NFE', () => {
		const yields = [
			{ k: 4, tokensPerPass: 2 },
			{ k: 8, tokensPerPass: 2.2 }
		];
		const finding = find({ ...launches, yields })!;
		expect(finding.shape).toMatchObject({ decoder: 'tidar', basis: 'evaluated' });
		const { k, overAr, options } = finding.shape!;
		const best = options.find((option) => option.k === k)!;
		expect(overAr).toBeCloseTo((best.tokensPerPass * 7.2) / best.ms, 6);
	});
});

describe('nearestDevice(measurement)', () => {
	const named = (name: string, copy: number, more: Partial<Measurement['machine']> = {}) =>
		nearestDevice({
			machine: { ...launches.machine, name, ...more },
			micro: { ...launches.micro, copy: { median: copy, low: copy, high: copy, n: 9 } }
		})?.id;

	test('by generation, else by bandwidth among those of its maker', () => {
		expect(named('nvidia hopper', 1)).toBe('h100-sxm');
		expect(named('nvidia ampere', 500)).toBe('rtx-3090');
		expect(named('apple metal-3', 90)).toBe('apple-m4');
		expect(named('apple metal-3', 290)).toMatch(/^apple-m[123]-max$/);
		expect(named('qualcomm adreno-7xx', 50)).toBe('snapdragon-8-elite');
	});

	test('none for processors, emulated GPUs and unknown makers', () => {
		expect(named('CPU', 20, { backend: 'wasm' })).toBeUndefined();
		expect(named('google swiftshader', 5, { software: true })).toBeUndefined();
		expect(named('img bxm', 20)).toBeUndefined();
	});
});

describe('a measurement as file, link and memory', () => {
	test('is the same again', () => {
		expect(parseMeasurement(JSON.stringify(launches))).toEqual(launches);
		const link = packMeasurement(launches);
		expect(link.length).toBeLessThan(1000);
		expect(link).toMatch(/^1[\w-]+$/);
		const back = unpackMeasurement(link)!;
		expect(back.slots.map(({ median }) => median)).toEqual(
			launches.slots.map(({ median }) => Number(median.toPrecision(5)))
		);
		expect(recallMeasurement({ getItem: () => JSON.stringify(launches) })).toEqual(launches);
	});

	test('foreign input is refused, never thrown at', () => {
		expect(unpackMeasurement('1garbage')).toBeUndefined();
		expect(unpackMeasurement('')).toBeUndefined();
		expect(parseMeasurement('{')).toBeUndefined();
		expect(parseMeasurement(JSON.stringify({ ...launches, version: 2 }))).toBeUndefined();
		expect(parseMeasurement(JSON.stringify({ ...launches, slots: [{ slots: 0 }] }))).toBe(
			undefined
		);
		expect(recallMeasurement({ getItem: () => 'x' })).toBeUndefined();
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
				expect(unpackMeasurement(`1${text}`)).toBeUndefined();
			})
		);
	});

	test('what unfolds to gigabytes is refused', async () => {
		const { pack, unpack } = await import('../../../src/lib/share/pack.ts');
		expect(unpack(pack('x'.repeat(1e7)))).toBeUndefined();
		expect(unpack(pack({ a: ['ü', 1] }))).toEqual({ a: ['ü', 1] });
	});
});

test('browserOf(userAgent)', () => {
	expect(browserOf('Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36')).toBe(
		'Chromium 156'
	);
	expect(browserOf('Mozilla/5.0 (Macintosh) Version/26.1 Safari/605.1.15')).toBe('Safari 26.1');
	expect(browserOf('Mozilla/5.0 Gecko/20100101 Firefox/145.0')).toBe('Firefox 145');
	expect(browserOf('curl')).toBe('unknown');
});
