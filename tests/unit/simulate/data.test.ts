import accuracy from '../../../engine/cost/accuracy.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import steps from '../../../static/measurements/steps.json' with { type: 'json' };
import { setup, slotsWithin, stepBand, stepCost, stepMs } from '../../../engine/cost/index.ts';
import { tidarTokens } from '../../../engine/cost/claims.ts';
import type { Run } from '../../../src/lib/simulate/bench.svelte.ts';
import { breakdownFigure } from '../../../src/lib/simulate/breakdown.ts';
import {
	draftsOf,
	initial,
	setupOf,
	tokensOf,
	type Choice
} from '../../../src/lib/simulate/choice.ts';
import { claimRows, errorFigure } from '../../../src/lib/simulate/errors.ts';
import { gainFigure, gainOf, priceFigures } from '../../../src/lib/simulate/gain.ts';
import {
	differences,
	headline,
	toJson,
	tokensPerSecond
} from '../../../src/lib/simulate/headline.ts';
import { roofFigure } from '../../../src/lib/simulate/roof.ts';
import type { Measurement } from '../../../src/lib/measure/result.ts';
import { measuredOf, mineOf, sweepFigure } from '../../../src/lib/simulate/sweep.ts';
import { shown, toCsv } from '../../../src/lib/simulate/table.ts';
import { zonesOf } from '../../../src/lib/simulate/zones.ts';

/** A run as the page makes it. */
export function runOf(more: Partial<Choice> = {}, name = ''): Run {
	const choice = { ...initial, ...more };
	const s = setupOf(choice);
	return {
		name,
		choice,
		setup: s,
		cost: stepCost(s),
		band: stepBand(s),
		oneMs: stepMs({ ...s, slots: 1 }),
		zones: zonesOf(s),
		tokens: tokensOf(choice, 0.89)
	};
}
const numbers = (column: number, rows: readonly (readonly (string | number)[])[]) =>
	rows.map((row) => Number(row[column]));

describe('draftsOf(slots) and tokensOf(choice, acceptance)', () => {
	test.each([
		[1, undefined],
		[2, 1],
		[20, 4],
		[72, 8],
		[73, undefined],
		[272, 16]
	])('%i slots: k = %s', (slots, k) => expect(draftsOf(slots)).toBe(k));

	test('the default acceptance gives the published 5.49 tokens a pass at k = 8', () => {
		expect(Math.abs(tokensOf({ slots: 72 }, 0.89) / 5.49 - 1)).toBeLessThan(0.01);
		expect(tokensOf({ slots: 1 }, 0.89)).toBe(1);
		expect(tokensOf({ slots: 73 }, 0.89)).toBe(1);
	});
});

describe('the data of the figures', () => {
	const runs = [runOf({ slots: 8 }, 'A'), runOf({ gpu: 'h200', slots: 72 }, 'B')] as const;

	test('roofline: a row an operator and the step, achieved FLOP/s below every roof', () => {
		const { table } = roofFigure(runs);
		expect(table.rows).toHaveLength(
			runs[0].cost.operators.length + runs[1].cost.operators.length + 2
		);
		for (const [of, , , , , , , , intensity, tflops] of table.rows) {
			const { device } = runs.find(({ name }) => name === of)!.setup;
			const roof = Math.min(
				(device.bandwidth.value * Number(intensity)) / 1e3,
				device.rates.bf16.value
			);
			expect(Number(tflops)).toBeLessThanOrEqual(roof);
		}
	});

	test('breakdown: the parts add up to the step', () => {
		const { table } = breakdownFigure(runs);
		const parts = table.rows.slice(0, 6);
		for (const [run, column] of [
			[runs[0], 1],
			[runs[1], 3]
		] as const) {
			const sum = numbers(column, parts).reduce((a, b) => a + b);
			expect(sum).toBeCloseTo(run.cost.ms, 9);
		}
	});

	test('sweep: measured steps stand beside the simulated, within the published worst error', () => {
		const { table, measured } = sweepFigure([runOf()], steps.steps);
		expect(measured.length).toBeGreaterThan(20);
		const rows = table.rows.filter((row) => row[6] !== '');
		expect(rows.length).toBeGreaterThan(15);
		for (const [, ms, low, high, , , measuredMs] of rows) {
			expect(Math.abs(Number(ms) / Number(measuredMs) - 1)).toBeLessThan(0.0617);
			expect(Number(low)).toBeLessThan(Number(ms));
			expect(Number(high)).toBeGreaterThan(Number(ms));
		}
	});

	test("sweep: the reader's own device stands beside, scaled to one slot; not where it was not measured", () => {
		const spread = { low: 1, high: 1, n: 15 };
		const slots = [
			{ slots: 1, k: 0, median: 20, ...spread },
			{ slots: 72, k: 8, median: 31, ...spread }
		];
		const measurement = {
			machine: { name: 'a laptop' },
			model: { name: 'TiDAR', context: 128 },
			slots
		} as unknown as Measurement;
		const run = runOf();
		const { table, draw } = sweepFigure([run], [], mineOf(measurement));
		const column = table.head.indexOf('your device, × one slot');
		const [one, many] = [1, 72].map((n) => table.rows.find(([slots]) => slots === n)!);
		expect([one![column - 1], one![column]]).toEqual([20, 1]);
		expect([many![column - 1], many![column]]).toEqual([31, 31 / 20]);
		const drawing = draw(600);
		const dots = drawing.marks.filter((mark) => mark.type === 'dot' && mark.key.startsWith('mine'));
		expect(dots).toHaveLength(2);
		const spot = drawing.spots.find(({ key }) => key === '72')!;
		expect(spot.label).toContain('Your device: 1.55 × one slot (31 ms a pass).');
		const first = drawing.spots.find(({ key }) => key === '1')!;
		expect((dots[0] as { y: number }).y).toBeCloseTo(first.y, 9);
		expect(mineOf(undefined)).toBeUndefined();
		expect(mineOf({ ...measurement, slots: slots.slice(1) })).toBeUndefined();
		expect(sweepFigure([run], []).table.head).not.toContain('your device, ms');
	});

	test('sweep: nothing measured is shown for formats and kernels that were not', () => {
		const { setup: s } = runOf();
		expect(measuredOf(s, steps.steps).length).toBeGreaterThan(0);
		expect(measuredOf({ ...s, weights: 'int4' }, steps.steps)).toEqual([]);
		expect(measuredOf(setup({ ...s, launch: 'single' }), steps.steps)).toEqual([]);
	});

	test('gain: tokens over the ratio of times, and less at every larger batch', () => {
		const run = runOf();
		const { table } = gainFigure(run, 0.89);
		const k8 = table.head.findIndex((name) => name.startsWith('k = 8'));
		const ratio = stepMs({ ...run.setup, slots: 72 }) / stepMs(run.setup);
		expect(table.rows[0]![k8]).toBeCloseTo(tidarTokens(0.89, 8) / ratio, 9);
		expect(gainOf(run.setup, 8, 0.89)).toBeCloseTo(tidarTokens(0.89, 8) / ratio, 9);
		const gains = numbers(k8, table.rows);
		expect([...gains].sort((a, b) => b - a)).toEqual(gains);
		expect(gains.at(-1)).toBeLessThan(1);
	});

	test('price: by hand for one row, none where no rent is public', () => {
		const run = runOf();
		const { price, energy } = priceFigures([run], 0.89);
		// 2.99 USD an hour over the tokens of an hour, times a million.
		expect(price!.table.rows[0]![1]).toBeCloseTo((2.99 / (3.6e6 / run.cost.ms)) * 1e6, 9);
		expect(energy!.table.rows[0]![1]).toBeCloseTo(run.cost.joules!, 9);
		expect(priceFigures([runOf({ gpu: 'rtx-4090' })], 0.89).price).toBeNull();
		expect(priceFigures([runOf({ gpu: 'apple-a18-pro' })], 0.89).energy).toBeNull();
	});

	test('differences: B over A', () => {
		const { rows } = differences(...runs);
		const [, a, b, ratio] = rows[0]!;
		expect([a, b]).toEqual([runs[0].cost.ms, runs[1].cost.ms]);
		expect(Number.parseFloat(String(ratio))).toBeCloseTo(Number(b) / Number(a), 2);
	});

	test('errors: the published rows, those never fitted first; claims have a verdict each', () => {
		const { table } = errorFigure();
		expect(table.rows).toHaveLength(accuracy.length);
		const fitted = table.rows.map((row) => row[1]);
		expect(fitted.lastIndexOf('no')).toBeLessThan(fitted.indexOf('yes'));
		expect(claimRows().every(({ verdict, because }) => verdict && because)).toBe(true);
	});
});

describe('headline(run, acceptance)', () => {
	const value = (run: Run, id: string) => headline(run, 0.89).find((f) => f.id === id)!;

	test("says that the article's 70B does not fit, and what would", () => {
		const memory = value(runOf({ model: 'article-70b' }), 'memory');
		expect(memory.alarm).toBe(true);
		expect(memory.how().join(' ')).toContain('2 GPUs');
	});

	test('free slots are those of the cost model, and every number says how it is known', () => {
		const run = runOf({ model: 'article-70b' });
		expect(value(run, 'free').value).toBe(String(slotsWithin(run.setup, 1.1)));
		for (const figure of headline(run, 0.89)) expect(figure.how().length).toBeGreaterThan(0);
	});

	test('tokens a second: batch x tokens a step over the time', () => {
		const run = runOf({ slots: 72, batch: 4 });
		expect(tokensPerSecond(run)).toBeCloseTo((4 * tidarTokens(0.89, 8) * 1e3) / run.cost.ms, 9);
	});
});

describe('files', () => {
	test('toCsv quotes what needs it and keeps six digits', () => {
		const csv = toCsv({ head: ['a, b', 'c'], rows: [['say "x"', 1 / 3]] });
		expect(csv).toBe('"a, b",c\r\n"say ""x""",0.333333\r\n');
		expect(shown(1234567)).toBe('1,234,567');
		expect(shown(0.012345)).toBe('0.012');
	});

	test('toJson holds choices, costs and memory', () => {
		const read = JSON.parse(toJson([runOf()], 'https://example.org/simulate/'));
		expect(read).toMatchObject({ format: 'tidar-lab/simulation', version: 1 });
		expect(read.setups[0].memory.fits).toBe(true);
		expect(read.setups[0].operators.length).toBeGreaterThan(8);
	});
});
