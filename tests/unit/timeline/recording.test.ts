import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
	compareWithModel,
	indexLanes,
	layRecording,
	nameKernels,
	packKernels,
	recordingSchema,
	unpackKernels,
	withDifferences
} from '../../../engine/timeline/index.ts';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const fixture: { traces: { model: string; q: number; kernels: [string, number, number][] }[] } =
	read('tests/fixtures/measurements/h100-traces.json');
const index: { id: string; kernels: number }[] = read('static/traces/index.json');
const shipped = index.map(({ id }) => v.parse(recordingSchema, read(`static/traces/${id}.json`)));

test('the shipped traces are the measured ones, to 10 ns', () => {
	expect(shipped).toHaveLength(fixture.traces.length);
	shipped.forEach((recording, i) => {
		const { kernels, q } = fixture.traces[i]!;
		expect(recording.slots).toBe(q);
		const unpacked = unpackKernels(recording);
		expect(unpacked).toHaveLength(kernels.length);
		unpacked.forEach((k, j) => {
			const [name, start, length] = kernels[j]!;
			expect(k.name).toBe(name);
			expect(Math.abs(k.startUs - start)).toBeLessThan(0.02);
			expect(Math.abs(k.us - length)).toBeLessThan(0.006);
		});
	});
});

test('every kernel of the measured steps finds its operator, every layer is alike', () => {
	for (const recording of shipped) {
		const kernels = unpackKernels(recording);
		const layers = recording.model === 'qwen3-8b' ? 36 : 28;
		expect(kernels.filter((k) => k.operator === 'other' || k.operator === 'matmul')).toEqual([]);
		expect(new Set(kernels.map((k) => k.layer)).size).toBe(layers + 1);
		const operatorsOf = (layer: number) =>
			kernels.filter((k) => k.layer === layer).map((k) => k.operator);
		for (let layer = 1; layer < layers; layer++) {
			expect(operatorsOf(layer)).toEqual(operatorsOf(0));
		}
		expect(new Set(kernels.filter((k) => k.layer === null).map((k) => k.operator))).toEqual(
			new Set(['norm', 'head', 'sampling'])
		);
	}
});

test('names that are no decode step keep what can be said of them', () => {
	expect(nameKernels(['ampere_sgemm_128x64_tn', 'void softmax_warp_forward', 'who_knows'])).toEqual(
		[
			{ operator: 'matmul', layer: null },
			{ operator: 'sampling', layer: null },
			{ operator: 'other', layer: null }
		]
	);
	expect(nameKernels([])).toEqual([]);
});

describe('simulated over measured', () => {
	test('the differences are those of the times, and add up', () => {
		for (const recording of shipped) {
			const { step, layers, operators } = compareWithModel(recording);
			for (const rows of [layers, operators]) {
				for (const field of ['measuredUs', 'kernelsUs', 'simulatedUs'] as const) {
					const total = rows.reduce((sum, row) => sum + row[field], 0);
					// Kernels that the model does not have (none) and operators that were not recorded (none).
					expect(total).toBeCloseTo(step[field], 3);
				}
			}
			// The error that README publishes for what was fitted, and the recorder's own overhead (see the page).
			expect(Math.abs(step.difference)).toBeLessThan(0.1);
		}
	});

	test('a lane of differences lies over the layers', () => {
		const timeline = layRecording(shipped[0]!);
		const compared = compareWithModel(shipped[0]!);
		const drawn = withDifferences(timeline, compared);
		const lane = indexLanes(drawn).at(-1)!;
		expect(lane.length).toBe(28);
		expect(drawn.labels[drawn.slices.label[lane.ids[3]!]!]).toBe('+1.6 %');
	});

	test('bytes and FLOPs of a measured layer are the model’s', () => {
		const t = layRecording(shipped[4]!);
		const kernels = indexLanes(t)[2]!;
		const totals = kernels.totals(0, t.duration);
		expect(totals.bytes / 1e9).toBeCloseTo(15.3, 0);
		expect(totals.bytesPerSecond / 1e12).toBeGreaterThan(2);
		expect(totals.bytesPerSecond).toBeLessThan(t.peak!.bytes);
	});
});

test('packKernels closes starts that lie before the last end', () => {
	const packed = packKernels([
		['a', 0, 2],
		['b', 1.5, 1]
	]);
	expect(packed).toEqual({ names: ['a', 'b'], kernels: [0, 0, 200, 1, 0, 100] });
});

test.each([
	[{ kernels: [0, 1] }, 'triples'],
	[{ names: [] }, 'existing name'],
	[{ kernels: [0, -1, 1] }, '>=0'],
	[{ slots: 0 }, '>=1']
])('a recording with %o is refused', (wrong, sentence) => {
	const parsed = v.safeParse(recordingSchema, { ...shipped[0], ...wrong });
	expect(parsed.issues?.map(({ message }) => message).join()).toContain(sentence);
});
