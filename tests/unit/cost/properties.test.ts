import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	kernelSets,
	kvFormats,
	setup,
	stepBand,
	stepCost,
	stepKernels,
	stepMs,
	weightFormats,
	type KernelSetId,
	type KvFormat,
	type Setup,
	type WeightFormat
} from '../../../engine/cost/index.ts';
import { devices } from '../../../engine/hardware/index.ts';
import { models } from '../../../engine/models/index.ts';

const keys = <T extends string>(o: Record<T, unknown>) => Object.keys(o) as T[];

const setups: fc.Arbitrary<Setup> = fc
	.record({
		device: fc.constantFrom(...devices),
		model: fc.constantFrom(...models),
		slots: fc.integer({ min: 1, max: 1100 }),
		batch: fc.integer({ min: 1, max: 130 }),
		context: fc.integer({ min: 0, max: 40000 }),
		weights: fc.constantFrom<WeightFormat>(...keys(weightFormats)),
		kv: fc.constantFrom<KvFormat>(...keys(kvFormats)),
		kernels: fc.constantFrom<KernelSetId>(...keys(kernelSets)),
		tp: fc.constantFrom(1, 2, 4, 8),
		launch: fc.constantFrom<Setup['launch']>('graph', 'single'),
		phase: fc.constantFrom<Setup['phase']>('decode', 'prefill')
	})
	.map((choice) => setup({ ...choice, tp: choice.device.link ? choice.tp : 1 }));

/** Sums are taken in another order; a relative error of 1e-9 is no fall. */
const notLess = (a: number, b: number) => expect(a).toBeGreaterThanOrEqual(b * (1 - 1e-9));

describe('a step takes no less time', () => {
	it.each(['slots', 'batch', 'context'] as const)('when %s grow', (axis) => {
		fc.assert(
			fc.property(setups, fc.integer({ min: 1, max: 300 }), (s, more) => {
				notLess(stepMs({ ...s, [axis]: s[axis] + more }), stepMs(s));
			}),
			{ numRuns: 300 }
		);
	});

	it('in wider formats of weights', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const at = (weights: WeightFormat) => stepMs({ ...s, weights });
				notLess(at('bf16'), at('int8'));
				notLess(at('int8'), at('int4'));
				notLess(at('bf16'), at('fp8'));
				notLess(at('fp8'), at('fp4'));
				notLess(stepMs({ ...s, kv: 'bf16' }), stepMs({ ...s, kv: 'fp8' }));
			}),
			{ numRuns: 200 }
		);
	});
});

describe('stepCost(setup)', () => {
	it('reads at least every weight of a dense model, and computes 2 FLOP for each', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const cost = stepCost({ ...s, phase: 'decode' });
				const weights = s.model.layers.reduce((sum, k) => {
					const { attention: a, mlp } = s.model.kinds[k]!;
					if (mlp.kind !== 'dense' || a.kind !== 'gqa') return sum;
					return sum + s.model.hidden * (2 * (a.heads + a.kvHeads) * a.headDim + 3 * mlp.width);
				}, 0);
				notLess(cost.bytes * s.tp, (weights * weightFormats[s.weights].bits) / 8);
				notLess(cost.flops * s.tp, 2 * s.batch * s.slots * weights);
			})
		);
	});

	it('is the sum of what it is spent on', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const cost = stepCost(s);
				for (const { ms, parts } of [cost, ...cost.operators]) {
					const spent = Object.values(parts);
					expect(Math.min(...spent)).toBeGreaterThanOrEqual(0);
					expect(spent.reduce((a, b) => a + b) / ms).toBeCloseTo(1, 9);
				}
			})
		);
	});

	it('is the sum of its operators and of its kernels', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const graph: Setup = { ...s, launch: 'graph' };
				const cost = stepCost(graph);
				const kernels = stepKernels(graph);
				const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
				expect(sum(cost.operators.map((o) => o.ms)) / cost.ms).toBeCloseTo(1, 9);
				expect(sum(kernels.map((k) => k.ms)) / cost.ms).toBeCloseTo(1, 9);
				expect(sum(kernels.map((k) => k.flops)) / cost.flops).toBeCloseTo(1, 9);
				expect(stepMs(graph)).toBeCloseTo(cost.ms, 9);
				const last = kernels.at(-1)!;
				expect((last.startMs + last.ms) / cost.ms).toBeCloseTo(1, 9);
			}),
			{ numRuns: 40 }
		);
	});

	it('launches one by one never win, and end with the last kernel', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const single: Setup = { ...s, launch: 'single' };
				notLess(stepMs(single), stepMs({ ...s, launch: 'graph' }));
				const last = stepKernels(single).at(-1)!;
				expect((last.startMs + last.ms) / stepMs(single)).toBeCloseTo(1, 9);
			}),
			{ numRuns: 40 }
		);
	});

	it('lies inside its band, which is wider where nothing was measured', () => {
		fc.assert(
			fc.property(setups, (s) => {
				const band = stepBand(s);
				const ms = stepMs(s);
				expect(band.low).toBeLessThan(ms);
				expect(band.high).toBeGreaterThan(ms);
				expect(band.high / ms).toBeGreaterThan(band.extrapolated ? 1.1 : 1.05);
			}),
			{ numRuns: 30 }
		);
	});
});
