import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setup, stepCost, stepKernels, stepMs, type Setup } from '../../../engine/cost/index.ts';
import { devices } from '../../../engine/hardware/index.ts';
import { models } from '../../../engine/models/index.ts';
import {
	indexLanes,
	laneOf,
	layPass,
	layRun,
	operatorNames,
	planRun,
	runDecoders,
	sliceKinds,
	type RunSpec,
	type Timeline
} from '../../../engine/timeline/index.ts';

const anySetup: fc.Arbitrary<Setup> = fc
	.record({
		device: fc.constantFrom(...devices),
		model: fc.constantFrom(...models),
		slots: fc.constantFrom(1, 2, 20, 72, 130, 272, 600),
		batch: fc.constantFrom(1, 3, 32),
		context: fc.nat(5000),
		weights: fc.constantFrom('bf16' as const, 'fp8' as const, 'int4' as const),
		kernels: fc.constantFrom('pytorch-fused' as const, 'ideal' as const, 'browser' as const),
		launch: fc.constantFrom('graph' as const, 'single' as const),
		tp: fc.constantFrom(1, 2, 4)
	})
	.map(({ tp, ...rest }) => setup({ ...rest, tp: rest.device.link ? tp : 1 }));

const sum = (values: Iterable<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const close = (a: number, b: number) =>
	expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-5 * Math.abs(b) + 1e-12);

/** Overlaps beyond what rounding lengths to 32 bits explains. */
function overlaps(timeline: Timeline): string[] {
	return indexLanes(timeline).flatMap((index) => {
		const found: string[] = [];
		for (let i = 1; i < index.length; i++) {
			const slack = 1e-6 * Math.max(1e-3, index.end(i - 1));
			if (index.start(i) < index.end(i - 1) - slack) found.push(`lane ${index.lane}, slice ${i}`);
		}
		return found;
	});
}

describe('layPass(setup)', () => {
	test('lanes never overlap, bytes and FLOPs are the cost model’s, the end is the step time', () => {
		fc.assert(
			fc.property(anySetup, fc.constantFrom(1, 3, 8), (s, tiles) => {
				const t = layPass(s, tiles);
				expect(overlaps(t)).toEqual([]);
				close(t.duration, stepMs(s));
				const cost = stepCost(s);
				const kernels = stepKernels(s);
				const lanes = indexLanes(t);
				const total = (kind: 'kernel' | 'memory' | 'compute' | 'link') =>
					laneOf(t, lanes, kind)?.totals(0, t.duration + 1);
				close(total('kernel')!.bytes, cost.bytes);
				close(total('kernel')!.flops, cost.flops);
				close(total('memory')!.bytes + (total('link')?.bytes ?? 0), cost.bytes);
				close(total('compute')!.flops, cost.flops);
				close(total('compute')!.busyMs, sum(kernels.map((k) => k.computeMs)));
				close(total('memory')!.busyMs, sum(kernels.map((k) => k.memoryMs)));
				for (const kind of ['weights', 'kv', 'activations'] as const) {
					const code = sliceKinds.indexOf(kind);
					const linked = kind === 'activations' ? (total('link')?.bytes ?? 0) : 0;
					const bytes = t.slices.bytes.filter((_, i) => t.slices.kind[i] === code);
					close(sum(bytes) + linked, cost.bytesBy[kind]);
				}
				expect(
					Math.max(...lanes.map((l) => (l.length ? l.end(l.length - 1) : 0)))
				).toBeLessThanOrEqual(t.duration * (1 + 1e-6));
			}),
			{ numRuns: 60 }
		);
	});

	test('copied layers equal layers laid out one by one', () => {
		const [device] = devices;
		for (const id of ['qwen3-8b', 'gemma-3-4b', 'deepseek-v3']) {
			const s = setup({ device: device!, model: models.find((m) => m.id === id)!, slots: 20 });
			const t = layPass(s);
			const kernels = stepKernels(s);
			const index = laneOf(t, indexLanes(t), 'kernel')!;
			expect(index.length).toBe(kernels.length);
			kernels.forEach((k, i) => {
				close(index.start(i), k.startMs);
				const at = index.ids[i]!;
				expect(t.slices.layer[at]).toBe(k.layer ?? -1);
				expect(operatorNames[t.slices.operator[at]!]).toBe(k.operator);
				expect(t.labels[t.slices.label[at]!]).toBe(k.name);
			});
		}
	});

	test('a tile is computed when it has landed, while the next is on its way', () => {
		const s = setup({
			device: devices[0]!,
			model: models.find((m) => m.id === 'qwen3-8b')!,
			slots: 64
		});
		const t = layPass(s);
		const lanes = indexLanes(t);
		const of = (kind: 'memory' | 'compute') => {
			const index = laneOf(t, lanes, kind)!;
			return Array.from(index.ids).filter(
				(i) =>
					t.slices.layer[i] === 3 &&
					operatorNames[t.slices.operator[i]!] === 'gate-up' &&
					t.slices.kind[i] !== 5
			);
		};
		const [loads, sums] = [of('memory'), of('compute')];
		expect(loads).toHaveLength(8);
		expect(sums).toHaveLength(8);
		const end = (i: number) => t.slices.start[i]! + t.slices.duration[i]!;
		for (let tile = 0; tile < 8; tile++) {
			expect(t.slices.start[sums[tile]!]!).toBeGreaterThanOrEqual(end(loads[tile]!) - 1e-6);
			if (tile < 7) expect(t.slices.start[sums[tile]!]!).toBeLessThan(end(loads[tile + 1]!));
		}
	});
});

const base: Omit<RunSpec, 'decoder'> = {
	setup: setup({ device: devices[0]!, model: models.find((m) => m.id === 'qwen3-8b')! }),
	drafts: 8,
	block: 32,
	denoise: 8,
	acceptance: { kind: 'geometric', rate: 0.8, seed: 1 },
	steps: 5
};

describe('layRun(spec)', () => {
	test.each(runDecoders)('%s: passes follow each other, each as long as its step', (decoder) => {
		const t = layRun({ ...base, decoder });
		const plan = Array.from(planRun({ ...base, decoder }));
		expect(t.passes.map(({ role }) => role)).toEqual(plan.map(({ role }) => role));
		t.passes.forEach((pass, i) => {
			close(pass.end - pass.start, stepMs(plan[i]!.setup));
			expect(pass.start).toBe(i ? t.passes[i - 1]!.out : 0);
			expect(pass.out).toBeGreaterThan(pass.end);
		});
		expect(t.duration).toBe(t.passes.at(-1)!.out);
		expect(overlaps(t)).toEqual([]);
	});

	test('what each decoder computes', () => {
		const plan = (decoder: RunSpec['decoder']) =>
			Array.from(planRun({ ...base, decoder, steps: 1 }), ({ setup: s, role, tokens }) => [
				role,
				s.slots,
				s.model.layers.length,
				tokens
			]);
		expect(plan('ar')).toEqual([['step', 1, 36, 1]]);
		expect(plan('tidar').map(([role, slots]) => [role, slots])).toEqual([['step', 72]]);
		expect(plan('speculative').slice(0, -1)).toEqual(Array(8).fill(['draft', 1, 28, 0]));
		expect(plan('speculative').at(-1)!.slice(0, 3)).toEqual(['verify', 9, 36]);
		expect(plan('eagle3')[0]).toEqual(['draft', 1, 1, 0]);
		expect(plan('diffusion')).toEqual(Array(8).fill(['denoise', 32, 36, 4]));
	});

	test('a seed makes the same run again; certain and recorded acceptance', () => {
		const tokens = (acceptance: RunSpec['acceptance']) =>
			layRun({ ...base, decoder: 'tidar', steps: 30, acceptance }).passes.map((p) => p.tokens);
		const seeded = tokens({ kind: 'geometric', rate: 0.7, seed: 4 });
		expect(tokens({ kind: 'geometric', rate: 0.7, seed: 4 })).toEqual(seeded);
		expect(tokens({ kind: 'geometric', rate: 0.7, seed: 5 })).not.toEqual(seeded);
		expect(new Set(tokens({ kind: 'geometric', rate: 1, seed: 1 }))).toEqual(new Set([8]));
		expect(new Set(tokens({ kind: 'geometric', rate: 0, seed: 1 }))).toEqual(new Set([1]));
		expect(tokens({ kind: 'recorded', lengths: [3, 1, 8] }).slice(0, 4)).toEqual([3, 1, 8, 3]);
		expect(() => tokens({ kind: 'recorded', lengths: [] })).toThrow('at least one');
		expect(() => tokens({ kind: 'geometric', rate: 2, seed: 1 })).toThrow('0..1');
	});

	test('a run ends at its tokens, and its context grows by them', () => {
		const t = layRun({ ...base, decoder: 'tidar', steps: 100, tokens: 20 });
		expect(sum(t.passes.map((p) => p.tokens))).toBe(20);
		const contexts = Array.from(planRun({ ...base, decoder: 'ar' }), ({ setup: s }) => s.context);
		expect(contexts).toEqual([1024, 1025, 1026, 1027, 1028]);
	});

	test('a target without a draft model is refused with the way out', () => {
		const model = models.find((m) => m.id === 'smollm2-135m')!;
		const s = setup({ device: devices[0]!, model });
		expect(() => layRun({ ...base, setup: s, decoder: 'speculative' })).toThrow('Choose EAGLE-3');
	});

	test('a long run stays within a million slices or so', () => {
		const t = layRun({ ...base, decoder: 'tidar', steps: 300 });
		expect(t.slices.length).toBeLessThan(1_300_000);
	});
});

test('the layout of one layer, drawn', async () => {
	const s = setup({
		device: devices[0]!,
		model: models.find((m) => m.id === 'qwen3-8b')!,
		slots: 72
	});
	const { slices, lanes, labels } = layPass(s, 4);
	const rows: string[] = [];
	for (let i = 0; i < slices.length; i++) {
		if (slices.layer[i] !== 1) continue;
		const us = (ms: number) => (1000 * ms).toFixed(2).padStart(8);
		rows.push(
			`${lanes[slices.lane[i]!]!.kind.padEnd(8)} ${sliceKinds[slices.kind[i]!]!.padEnd(11)} ${us(slices.start[i]!)} ${us(slices.duration[i]!)}  ${labels[slices.label[i]!]}`
		);
	}
	await expect(rows.join('\n')).toMatchFileSnapshot('goldens/layer.txt');
});
