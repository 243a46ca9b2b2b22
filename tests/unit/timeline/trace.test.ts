import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setup } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import {
	indexLanes,
	layRun,
	parseTrace,
	perfettoJson,
	traceLimits,
	traceOfSession,
	type ParsedTrace,
	type Timeline
} from '../../../engine/timeline/index.ts';

const s = setup({ device: findDevice('h100-sxm')!, model: findModel('smollm2-135m')! });
const run = (decoder: 'ar' | 'tidar') =>
	layRun({
		decoder,
		setup: s,
		drafts: 4,
		block: 16,
		denoise: 4,
		acceptance: { kind: 'geometric', rate: 0.7, seed: 2 },
		steps: 3
	});
const opened = (parsed: ParsedTrace): Timeline => {
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
	return parsed.runs[0]!.timeline;
};
const slice = (more: object) => ({ ph: 'X', ts: 0, dur: 5, pid: 1, tid: 1, name: 'k', ...more });
const trace = (...events: unknown[]) => parseTrace(JSON.stringify({ traceEvents: events }));

test('export and import give the same runs back', () => {
	const runs = [
		{ name: 'AR', timeline: run('ar') },
		{ name: 'TiDAR', timeline: run('tidar') }
	];
	const parsed = parseTrace(perfettoJson(runs));
	if (!parsed.ok) throw new Error('not read');
	expect(parsed.runs.map(({ name }) => name)).toEqual(['AR', 'TiDAR']);
	parsed.runs.forEach(({ timeline: back }, r) => {
		const { timeline } = runs[r]!;
		expect(
			back.notes.filter((note) => note.kind === 'skipped' && note.what !== 'other-phase')
		).toEqual([]);
		expect(back.lanes).toEqual(timeline.lanes);
		expect(back.duration).toBeCloseTo(timeline.duration, 6);
		expect(back.passes.map(({ role, slots, tokens }) => ({ role, slots, tokens }))).toEqual(
			timeline.passes.map(({ role, slots, tokens }) => ({ role, slots, tokens }))
		);
		const rows = (t: Timeline) =>
			indexLanes(t).map((index) =>
				Array.from(index.ids, (i) =>
					[
						...(['kind', 'operator', 'layer', 'pass'] as const).map((field) => t.slices[field][i]),
						t.labels[t.slices.label[i]!]
					].join(' ')
				)
			);
		expect(rows(back)).toEqual(rows(timeline));
		const worst = (field: 'start' | 'duration' | 'share' | 'bytes') => {
			const values = (t: Timeline) =>
				indexLanes(t).flatMap((index) => Array.from(index.ids, (i) => t.slices[field][i]!));
			const mine = values(timeline);
			return Math.max(...values(back).map((value, i) => Math.abs(value - mine[i]!)));
		};
		expect(worst('start')).toBeLessThan(1e-8);
		expect(worst('duration')).toBeLessThan(1e-8);
		expect(worst('share')).toBeLessThan(1e-6);
		expect(worst('bytes')).toBeLessThanOrEqual(1);
	});
});

describe('a trace of PyTorch’s profiler', () => {
	const t = opened(
		trace(
			{ ph: 'M', name: 'process_name', pid: 0, tid: 0, args: { name: 'python' } },
			{ ph: 'M', name: 'thread_name', pid: 0, tid: 7, args: { name: 'stream 7' } },
			slice({ ts: 1000, dur: 50, pid: 100, tid: 100, cat: 'cpu_op', name: 'aten::linear' }),
			slice({ ts: 1010, dur: 20, pid: 100, tid: 100, cat: 'cpu_op', name: 'aten::mm' }),
			slice({
				ts: 1020,
				dur: 5,
				pid: 100,
				tid: 100,
				cat: 'cuda_runtime',
				name: 'cudaLaunchKernel'
			}),
			slice({ ts: 1040, dur: 30, pid: 0, tid: 7, cat: 'kernel', name: 'ampere_bf16_gemm' }),
			{ ph: 's', id: 1, pid: 100, tid: 100, ts: 1020, cat: 'ac2g', name: 'ac2g' },
			{ ph: 'i', s: 't', name: 'Iteration', pid: 100, tid: 100, ts: 1000 }
		)
	);
	test('nested operations lie on lanes of their own; kernels keep theirs', () => {
		expect(t.lanes.map(({ kind, name }) => [kind, name])).toEqual([
			['track', '100'],
			['track', '100 ↳'],
			['track', '100 ↳'],
			['kernel', 'python · stream 7']
		]);
		expect(t.duration).toBeCloseTo(0.07, 9);
		expect(t.slices.start[0]).toBe(0);
	});
	test('what spans the kernels of a stream lies beside them, whichever begins first', () => {
		const step = slice({
			ts: 0,
			dur: 90,
			pid: 0,
			tid: 7,
			cat: 'gpu_user_annotation',
			name: 'step'
		});
		const spanned = opened(
			trace(
				step,
				slice({ ts: 10, dur: 30, pid: 0, tid: 7, cat: 'kernel', name: 'ampere_bf16_gemm' }),
				slice({ ts: 50, dur: 10, pid: 0, tid: 7, cat: 'gpu_memcpy', name: 'Memcpy DtoH' })
			)
		);
		expect(spanned.lanes).toEqual([
			{ kind: 'track', name: '7 · gpu_user_annotation' },
			{ kind: 'kernel', name: '7' }
		]);
		expect(Array.from(spanned.slices.lane.subarray(0, 3))).toEqual([0, 1, 1]);
	});
	test('what was skipped is told', () => {
		expect(t.notes).toEqual([{ kind: 'skipped', what: 'other-phase', count: 2 }]);
	});
});

test('begin and end become slices; what is unpaired is counted', () => {
	const t = opened(
		trace(
			{ ...slice({ ts: 0 }), ph: 'B', name: 'a' },
			{ ...slice({ ts: 4 }), ph: 'E' },
			{ ...slice({ ts: 5 }), ph: 'E' },
			{ ...slice({ ts: 6 }), ph: 'B' }
		)
	);
	expect(t.slices.length).toBe(1);
	expect(t.slices.duration[0]).toBeCloseTo(0.004);
	expect(t.notes).toEqual([{ kind: 'skipped', what: 'unpaired', count: 2 }]);
});

test('a bare list of events, as Chrome writes it, is a trace', () => {
	expect(opened(parseTrace(JSON.stringify([slice({})]))).slices.length).toBe(1);
});

describe('hostile files', () => {
	test.each([
		['', 'not-json'],
		['{"traceEvents":', 'not-json'],
		['hello', 'not-json'],
		['\u0000\u0001perfetto', 'binary'],
		['"text"', 'not-a-trace'],
		['null', 'not-a-trace'],
		['{"traceEvents":{}}', 'not-a-trace'],
		['{"traceEvents":[]}', 'no-slices'],
		['[]', 'no-slices'],
		['[null,1,"x",[],{"ph":"X"}]', 'no-slices']
	])('%j is refused: %s', (text, kind) => {
		const parsed = parseTrace(text);
		expect(parsed.ok ? 'ok' : parsed.problem.kind).toBe(kind);
	});

	test('the first unusable event is named', () => {
		const parsed = trace(slice({ ts: 'soon' }), slice({ dur: -1 }));
		expect(parsed).toEqual({
			ok: false,
			problem: { kind: 'no-slices', events: 2, first: 'event 0: ts = "soon"' }
		});
	});

	test('wrong types, negative lengths and infinite times are left out, the rest is drawn', () => {
		const text = `{"traceEvents":[${[
			JSON.stringify(slice({ ts: 10 })),
			JSON.stringify(slice({ ts: null })),
			JSON.stringify(slice({ dur: -5 })),
			JSON.stringify(slice({ dur: '5' })),
			'{"ph":"X","ts":1e999,"dur":1}',
			JSON.stringify(slice({ name: { deep: 1 } })),
			JSON.stringify(slice({ ts: -500 }))
		].join(',')}]}`;
		const t = opened(parseTrace(text));
		expect(t.slices.length).toBe(2);
		expect(Array.from(t.slices.start)).toEqual([0, 0.51]);
		expect(t.notes).toEqual([{ kind: 'skipped', what: 'bad-time', count: 5 }]);
	});

	test('a truncated file is read up to its last whole event', () => {
		const whole = JSON.stringify({
			traceEvents: Array.from({ length: 9 }, (_, i) => slice({ ts: 10 * i }))
		});
		const t = opened(parseTrace(whole.slice(0, -40)));
		expect(t.slices.length).toBe(8);
		expect(t.notes).toEqual([{ kind: 'cut', events: 8 }]);
	});

	test('a million names, and more lanes than can be drawn', () => {
		const count = traceLimits.names + 100;
		const many = opened(
			parseTrace(
				JSON.stringify(
					Array.from({ length: count }, (_, i) => slice({ ts: 10 * i, name: `n${i}` }))
				)
			)
		);
		expect(many.slices.length).toBe(count);
		expect(many.labels.length).toBe(traceLimits.names);
		expect(many.notes).toEqual([{ kind: 'skipped', what: 'names', count: 101 }]);
		const wide = opened(trace(...Array.from({ length: 300 }, (_, i) => slice({ tid: i }))));
		expect(wide.lanes).toHaveLength(traceLimits.lanes);
		expect(wide.notes).toEqual([{ kind: 'skipped', what: 'lanes', count: 240 }]);
	});

	test('slices nested ten thousand deep end in a count, not in a crash', () => {
		const deep = opened(
			trace(...Array.from({ length: 10_000 }, (_, i) => slice({ ts: i, dur: 40_000 - 2 * i })))
		);
		expect(deep.lanes).toHaveLength(traceLimits.lanes);
		expect(deep.slices.length).toBe(traceLimits.lanes);
	});

	test('our own export with its arguments broken is still a trace', () => {
		const mine = JSON.parse(perfettoJson([{ name: 'AR', timeline: run('ar') }]));
		for (const e of mine.traceEvents) {
			if (e.ph === 'X') e.args = { layer: 'x', share: 7, bytes: -1, operator: 3 };
			if (e.ph === 'M') e.args.lane = 'nonsense';
		}
		expect(opened(parseTrace(JSON.stringify(mine))).slices.length).toBeGreaterThan(100);
	});

	test('never throws, whatever the events are', () => {
		const field = fc.oneof(
			fc.jsonValue({ maxDepth: 2 }),
			fc.double(),
			fc.constantFrom('X', 'B', 'E', 'M', 'kernel')
		);
		const event = fc.dictionary(
			fc.constantFrom('ph', 'ts', 'dur', 'pid', 'tid', 'name', 'cat', 'args'),
			field
		);
		fc.assert(
			fc.property(fc.array(fc.oneof(event, field), { maxLength: 30 }), (events) => {
				const parsed = parseTrace(
					JSON.stringify({ traceEvents: events, otherData: { generator: 'TiDAR Lab' } })
				);
				if (!parsed.ok) return;
				for (const { timeline } of parsed.runs) {
					expect(Number.isFinite(timeline.duration)).toBe(true);
					for (const index of indexLanes(timeline)) {
						for (let i = 1; i < index.length; i++)
							expect(index.start(i)).toBeGreaterThanOrEqual(index.start(i - 1));
					}
				}
			}),
			{ numRuns: 300 }
		);
	});
});

test('traceOfSession: a pass a step, and its parts where they were measured', () => {
	const t = traceOfSession({
		device: { backend: 'webgpu' },
		steps: [
			{ kind: 'prefill', tokens: [1, 2, 3], emitted: [], times: { total: 20 } },
			{
				kind: 'decode',
				tokens: [1],
				emitted: [5, 6],
				times: { total: 7, encode: 1, gpu: 5, readback: 5.5 }
			}
		]
	});
	const lanes = indexLanes(t);
	const on = (lane: number) =>
		Array.from(lanes[lane]!.ids, (_, i) => [lanes[lane]!.start(i), lanes[lane]!.end(i)]);
	expect(on(0)).toEqual([
		[0, 20],
		[20, 27]
	]);
	expect(on(1)).toEqual([[20, 21]]);
	expect(on(2)).toEqual([[21, 26]]);
	expect(on(3)).toEqual([[21.5, 27]]);
	expect(t.passes.map(({ role, slots, tokens }) => [role, slots, tokens])).toEqual([
		['prefill', 3, 0],
		['step', 1, 2]
	]);
	expect(t.notes).toEqual([{ kind: 'per-step', parts: true, backend: 'webgpu' }]);
});
