import { describe, expect, it } from 'vitest';
import published from '../../../engine/cost/accuracy.json' with { type: 'json' };
import { accuracyRows, measuredKnees, measuredSets } from '../../../engine/cost/calibrate.ts';
import { fittedParameters } from '../../../engine/cost/index.ts';

const sets = measuredSets();
const rows = accuracyRows(sets, fittedParameters);

describe('the published errors', () => {
	it.each(rows.map((r) => [r.set, r] as const))('%s: has not grown', (_, row) => {
		const before = published.find((p) => p.id === row.id)!;
		expect(row.points).toBe(before.points);
		for (const figure of ['median', 'p95', 'worst'] as const) {
			// The published table has four digits.
			expect(row[figure]).toBeLessThanOrEqual(before[figure] * 1.001 + 0.01);
		}
	});

	it.each(['steps', 'h200', 'twoGpus', 'cross-1', 'cross-2', 'cross-3', 'cross-4'])(
		'%s, batch 1: median at most 3.1 %%, 95th percentile 10 %%, worst 15 %%',
		(id) => {
			const row = published.find((p) => p.id === id)!;
			expect(row.median).toBeLessThanOrEqual(3.1);
			expect(row.p95).toBeLessThanOrEqual(10);
			expect(row.worst).toBeLessThanOrEqual(15);
		}
	);

	it.each(['batch8', 'batches', 'h200Batches', 'cross-pair'])(
		'%s, larger batches: median at most 5 %%',
		(id) => {
			const row = published.find((p) => p.id === id)!;
			expect(row.median).toBeLessThanOrEqual(5);
			expect(row.worst).toBeLessThanOrEqual(15);
		}
	);

	it('knees of all slots sweeps are within 15 %', () => {
		const knees = measuredKnees(sets, fittedParameters);
		expect(knees.length).toBeGreaterThanOrEqual(12);
		for (const knee of knees) {
			expect(
				Math.abs(knee.predicted / knee.measured - 1),
				`${knee.model} ${knee.context}`
			).toBeLessThan(0.15);
		}
	});
});
