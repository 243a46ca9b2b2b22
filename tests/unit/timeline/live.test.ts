import { describe, expect, test } from 'vitest';
import {
	indexLanes,
	laneKinds,
	layLive,
	nameKernels,
	resolutionOf,
	sliceKinds,
	type LiveRun,
	type Stamped
} from '../../../engine/timeline/index.ts';

/** The launches of a pass with our own kernels, two layers, as KernelStamps names them. */
const own = [
	'commit',
	'start',
	...[0, 1].flatMap(() => [
		'qkv 576 960 {"rows":8}',
		'attention split',
		'join',
		'residual 576 576 {"rows":8}',
		'gate 576 3072 {"rows":8}',
		'residual 1536 576 {"rows":8}'
	]),
	'logits 576 49152 {"rows":8}',
	'top 5'
];
/** ONNX Runtime's, one slot: some products carry the norm and the activation within them. */
const ort = [
	'commit',
	'mask',
	'LayerNorm',
	...[0, 1].flatMap(() => [
		'MatMulNBits',
		'RotaryEmbedding',
		'Split',
		'CopyKVCache',
		'FlashAttentionDecodeQKV',
		'FlashAttentionDecodeVxReduce',
		'MatMulNBits',
		'MatMulNBitsMlpDecode',
		'MatMulNBits',
		'SkipLayerNorm'
	]),
	'Gather',
	'MatMulNBits',
	'top 5'
];

/** Kernels of true lengths, 3 µs for the first, 5 for the next, …, stamped by a clock that ticks every `step` µs. */
function stamp(names: readonly string[], step: number, phase: number): Stamped[] {
	const tick = (us: number) => Math.floor((us + phase) / step) * step;
	let at = 0;
	return names.map((name, i) => {
		const [start, end] = [at, at + 3 + 2 * i];
		at = end + 0.5;
		return { name, startUs: tick(start) - tick(0), us: tick(end) - tick(start) };
	});
}

const run = (kernels: readonly Stamped[][]): LiveRun => ({
	device: { backend: 'webgpu', name: 'a GPU' },
	modelId: 'smollm2-135m',
	kernels,
	plainMs: 7,
	steps: Array.from({ length: kernels.length || 3 }, (_, i) => ({
		kind: i === 0 ? 'prefill' : 'decode',
		tokens: [1, 2, 3],
		emitted: i === 0 ? [] : [4, 5],
		times: { total: 3, encode: 0.5, gpu: 1, readback: 2 }
	}))
});

describe('nameKernels on WebGPU pipelines', () => {
	test.each([
		['our own', own, [7, 6]],
		["ONNX Runtime's", ort, [10, 10]]
	])('%s find operator and layer', (_, names, each) => {
		const named = nameKernels(names);
		for (const layer of [0, 1]) {
			const found = named.filter((k) => k.layer === layer);
			expect(found).toHaveLength(each[layer]!);
			const products = found.map(({ operator }) => operator);
			expect(products).toEqual(
				expect.arrayContaining(['qkv', 'attention', 'o', 'gate-up', 'down'])
			);
		}
		expect(named.filter((k) => k.layer === null).map(({ operator }) => operator)).toEqual(
			expect.arrayContaining(['cache', 'head', 'sampling'])
		);
		expect(named.filter(({ operator }) => operator === 'matmul')).toEqual([]);
	});
});

describe('resolutionOf(kernels)', () => {
	test.each([100, 65.536, 1.024, 0.001])('finds steps of %d µs', (step) => {
		const kernels = Array.from({ length: 20 }, (_, i) => stamp(own, step, 7.3 * i));
		expect(resolutionOf(kernels)).toBeCloseTo(step, 9);
	});
	test('is not known without timestamps', () => {
		expect(resolutionOf([])).toBeUndefined();
		expect(resolutionOf([[], []])).toBeUndefined();
	});
});

describe('layLive(run)', () => {
	test('fine stamps: every kernel as long as it was, in its pass, lanes without overlap', () => {
		const timeline = layLive(run([stamp(own, 0.001, 0), stamp(own, 0.001, 0)]));
		const { slices } = timeline;
		const kernels = Array.from({ length: slices.length }, (_, i) => i).filter(
			(i) => sliceKinds[slices.kind[i]!] === 'kernel'
		);
		expect(kernels).toHaveLength(2 * own.length);
		kernels.forEach((i, n) => {
			expect(slices.duration[i]! * 1000).toBeCloseTo(3 + 2 * (n % own.length), 3);
			const pass = timeline.passes[slices.pass[i]!]!;
			expect(slices.start[i]).toBeGreaterThanOrEqual(pass.start);
			expect(slices.start[i]! + slices.duration[i]!).toBeLessThanOrEqual(pass.end + 1e-9);
		});
		for (const index of indexLanes(timeline)) {
			for (let i = 1; i < index.length; i++) {
				expect(index.start(i)).toBeGreaterThanOrEqual(index.end(i - 1) - 1e-6);
			}
		}
		expect(timeline.notes).toEqual([
			{ kind: 'stamped', resolutionUs: 0.5, stampedMs: 6, plainMs: 7 }
		]);
		// FLOPs of a whole product: 2 per weight and slot.
		const head = kernels.find((i) => timeline.labels[slices.label[i]!]!.startsWith('logits'))!;
		expect(slices.flops[head]! / (2 * 3 * 576 * 49152)).toBeCloseTo(1, 5);
	});

	test('coarse stamps: the mean of many passes comes near the true share', () => {
		const passes = Array.from({ length: 400 }, (_, i) => stamp(own, 100, (i * 61.8034) % 100));
		const { slices, notes } = layLive(run(passes));
		expect(notes[0]).toMatchObject({ kind: 'stamped', resolutionUs: 100, meanOf: 400 });
		const first = Array.from({ length: slices.length }, (_, i) => i).filter(
			(i) => sliceKinds[slices.kind[i]!] === 'kernel' && slices.pass[i] === 0
		);
		const all = own.reduce((sum, _, i) => sum + 3.5 + 2 * i, -0.5);
		const lengths = first.map((i) => slices.duration[i]!);
		const whole = slices.start[first.at(-1)!]! + lengths.at(-1)! - slices.start[first[0]!]!;
		lengths.forEach((length, i) => {
			expect(Math.abs(length / whole - (3 + 2 * i) / all)).toBeLessThan(0.01);
		});
	});

	test('without timestamps: pass by pass', () => {
		const timeline = layLive(run([]));
		expect(timeline.notes).toEqual([{ kind: 'per-step', parts: true, backend: 'webgpu' }]);
		expect(timeline.passes).toHaveLength(3);
		expect(timeline.lanes.map(({ kind }) => laneKinds.indexOf(kind))).not.toContain(-1);
	});
});
