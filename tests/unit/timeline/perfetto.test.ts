import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setup } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import {
	runDecoders,
	layRecording,
	layRun,
	perfettoJson,
	recordingSchema,
	type NamedRun
} from '../../../engine/timeline/index.ts';
import * as v from 'valibot';
import { importedByPerfetto } from './perfetto.ts';

const device = findDevice('h100-sxm')!;
const model = findModel('qwen3-8b')!;

/** Perfetto keeps every slice of these runs, on lanes with names, and every step of the token counter. */
function expectWhole(runs: readonly NamedRun[]) {
	const read = importedByPerfetto(perfettoJson(runs));
	expect(read.lost).toEqual({});
	const sum = (of: (run: NamedRun) => number) => runs.reduce((all, run) => all + of(run), 0);
	expect(read.slices).toHaveLength(sum(({ timeline }) => timeline.slices.length));
	expect(read.counters).toBe(sum(({ timeline }) => timeline.passes.length));
	expect([...read.processes.values()]).toEqual(runs.map(({ name }) => name));
	expect([...read.threads.values()]).toContain('Kernels');
	// Lanes never nest: a slice that lies in another would be drawn below it.
	const ends = new Map<string, number>();
	const astray = read.slices.filter(({ thread, ts, dur }) => {
		const nested = ts < (ends.get(thread) ?? 0);
		ends.set(thread, ts + dur);
		return nested || !read.threads.has(thread);
	});
	expect(astray).toEqual([]);
}

describe('an exported trace, as Perfetto imports it', () => {
	test('every decoder: no slice is lost, none nests in another', () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...runDecoders),
				fc.integer({ min: 1, max: 8 }),
				fc.integer({ min: 0, max: 4000 }),
				fc.integer(),
				(decoder, drafts, context, seed) => {
					const timeline = layRun({
						decoder,
						setup: setup({ device, model, context }),
						drafts,
						block: 8,
						denoise: 2,
						acceptance: { kind: 'geometric', rate: 0.7, seed },
						steps: 2
					});
					expectWhole([{ name: decoder, timeline }]);
				}
			),
			{ numRuns: 10 }
		);
	});

	test('a measured trace beside a simulated one', () => {
		const folder = new URL('../../../static/traces/', import.meta.url);
		const name = readdirSync(folder).find((file) => file.includes('8b-72'))!;
		const file: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
		const timeline = layRecording(v.parse(recordingSchema, file));
		expectWhole([{ name: 'measured', timeline }]);
	});

	test('the rules do refuse: overlap, missing times, broken counters', () => {
		const slice = { ph: 'X', pid: 1, tid: 1, name: 'k', ts: 0, dur: 5 };
		const { lost, slices } = importedByPerfetto(
			JSON.stringify({
				traceEvents: [
					slice,
					{ ...slice, ts: 1, dur: 2 },
					{ ...slice, ts: 4.999, dur: 1 },
					{ ...slice, ts: 'x' },
					{ ...slice, ts: 9, dur: null },
					{ ph: 'C', pid: 1, ts: 0, name: 'tokens', args: { tokens: {} } }
				]
			})
		);
		expect(slices.map(({ ts }) => ts)).toEqual([0, 1000]);
		expect(lost).toEqual({
			json_tokenizer_failure: 1,
			json_parser_failure: 2,
			slice_drop_overlapping_complete_event: 1
		});
	});
});
