import { describe, expect, test } from 'vitest';
import accuracy from '../../../engine/cost/accuracy.json' with { type: 'json' };
import { decades, tick } from '../../../src/lib/charts/axes.ts';
import { scaleLog } from 'd3';
import { curves } from '../../../src/lib/charts/curves.ts';
import { outline, spread, textWidth, type Drawing } from '../../../src/lib/charts/drawing.ts';
import knees from '../../../engine/cost/knees.json' with { type: 'json' };
import { errorRows } from '../../../src/lib/charts/errors.ts';
import { heatMap } from '../../../src/lib/charts/heat.ts';
import { kneeRows } from '../../../src/lib/charts/knees.ts';
import { lanes } from '../../../src/lib/charts/lanes.ts';
import { ridgeOf, roofline, type RoofRun } from '../../../src/lib/charts/roofline.ts';
import { slotsSweep } from '../../../src/lib/charts/slots.ts';
import { toSvg, type Palette } from '../../../src/lib/charts/svg.ts';

/** Goldens are pictures: open them. tests/fixtures/charts/README.md says how to renew them. */
const golden = async (name: string, drawing: Drawing) => {
	const palette: Palette = {
		paper: '#fbfaf7',
		ink: '#1d2433',
		muted: '#5a6478',
		line: '#d9d6cd',
		prefix: '#5b6b86',
		draft: '#b36b00',
		mask: '#8a4f9e',
		memory: '#1f6fb2',
		compute: '#0b7f62',
		accent: '#c2410c'
	};
	const svg = toSvg(drawing, palette, { title: name, source: 'tests/unit/charts' });
	expect(svg).not.toMatch(/NaN|Infinity|undefined/);
	await expect(svg).toMatchFileSnapshot(`../../fixtures/charts/${name}.svg`);
};

const point = (key: string, intensity: number, tflops: number, share: number) => ({
	key,
	name: key,
	intensity,
	tflops,
	share,
	waits: intensity > 295 ? ('compute' as const) : ('memory' as const),
	label: `${key}: ${intensity} FLOP/byte`
});
const run = (name: string, at: number): RoofRun => ({
	name,
	bandwidth: 3350,
	bandwidthLabel: 'memory 3.35 TB/s',
	ceilings: [
		{ tflops: 989, label: 'bf16 989 TFLOP/s', used: true },
		{ tflops: 1979, label: 'fp8 1979 TFLOP/s', used: false }
	],
	reached: { bandwidth: 2782, tflops: 738 },
	points: [
		point('qkv', at, 2 * at, 0.15),
		point('attention', 4 * at, 1.5 * at, 0.1),
		point('down', 1.02 * at, 2.4 * at, 0.4)
	],
	step: point('step', at, 2.2 * at, 1)
});
const roofOptions = {
	width: 480,
	height: 320,
	xTitle: 'FLOP per byte',
	yTitle: 'TFLOP/s',
	ridge: (x: number) => `ridge ${x.toFixed(0)}`,
	reached: 'reached',
	step: 'step'
};

describe('roofline(runs, options)', () => {
	test('golden: two set-ups', () =>
		golden('roofline', roofline([run('A', 1), run('B', 60)], roofOptions)));

	test('the ridge is where both times are equal: 989 TFLOP/s over 3350 GB/s at 295 FLOP/byte', () => {
		expect(ridgeOf(3350, 989)).toBeCloseTo(295.2, 1);
	});

	test('points travel: the same keys at other places, on the same axes', () => {
		const [slow, fast] = [1, 40].map((at) => roofline([run('', at)], roofOptions));
		const ticks = (d: Drawing) =>
			d.marks.flatMap((m) => (m.type === 'text' && m.ink === 'muted' ? [m.text] : []));
		const at = (d: Drawing, key: string) => d.spots.find((spot) => spot.key === key)!;
		expect(ticks(fast!)).toEqual(ticks(slow!));
		expect(slow!.spots.map(({ key }) => key).sort()).toEqual(
			fast!.spots.map(({ key }) => key).sort()
		);
		expect(at(fast!, '0.qkv').x).toBeGreaterThan(at(slow!, '0.qkv').x);
		expect(at(fast!, '0.qkv').y).toBeLessThan(at(slow!, '0.qkv').y);
	});

	test('a point lies on the slope when it achieves exactly the bandwidth', () => {
		const on = { ...run('', 1), points: [point('on', 10, 33.5, 1)] };
		const drawing = roofline([on], roofOptions);
		const slope = drawing.marks.find((m) => m.type === 'path' && m.stroke === 'memory');
		const [x1, y1, x2, y2] = (slope as { d: string }).d.match(/[\d.]+/g)!.map(Number) as [
			number,
			number,
			number,
			number
		];
		const spot = drawing.spots.find(({ key }) => key === '0.on')!;
		expect(y1 + ((spot.x - x1) / (x2 - x1)) * (y2 - y1)).toBeCloseTo(spot.y, 1);
	});
});

describe('lanes(groups, options)', () => {
	const group = {
		name: 'A',
		lanes: [
			{
				name: 'waits for',
				segments: [
					{ key: 'w', name: 'weights', ms: 5, fill: 'memory', hatch: true, label: '5 ms' },
					{ key: 'c', name: 'compute', ms: 1, fill: 'compute', label: '1 ms' }
				]
			},
			{ name: 'units', segments: [{ key: 'i', name: 'idle', ms: 6, label: 'idle' }] }
		]
	} as const;

	test('golden', () => golden('lanes', lanes([group], { width: 480, xTitle: 'ms' })));

	test('lengths are times', () => {
		const { spots } = lanes([group], { width: 608, xTitle: 'ms' });
		const x = (key: string) => spots.find((spot) => spot.key === key)!.x;
		// 596 pixels for 6 ms after a margin of 4: middles at 2.5, 5.5 and 3 ms.
		expect(x('0.w')).toBeCloseTo(4 + (2.5 / 6) * 596, 6);
		expect(x('0.c')).toBeCloseTo(4 + (5.5 / 6) * 596, 6);
		expect(x('0.i')).toBeCloseTo(4 + 0.5 * 596, 6);
	});
});

describe('slotsSweep(curves, options)', () => {
	const slots = [1, 4, 16, 64, 256, 1024];
	const curve = (name: string, add: number, main = false, other = false) => ({
		name,
		main,
		other,
		points: slots.map((n) => {
			const ms = Math.max(6 + add, n / 40);
			return { slots: n, ms, ...(main && { low: ms * 0.92, high: ms * 1.08 }) };
		})
	});

	test('golden: curves, band, measurements and zones', () =>
		golden(
			'slots',
			slotsSweep([curve('KV 1024', 0, true), curve('KV 4096', 2), curve('B', 1, false, true)], {
				width: 480,
				height: 320,
				xTitle: 'token slots',
				yTitle: 'ms a step',
				zones: { free: 260, cheap: 360, names: { free: 'free', cheap: 'cheap', paid: 'paid' } },
				measured: [
					{ slots: 1, ms: 6.1, main: true },
					{ slots: 64, ms: 6.2, main: true },
					{ slots: 64, ms: 8.1, main: false }
				],
				measuredName: 'measured',
				now: 72,
				label: (n) => `${n} slots`
			})
		));
});

describe('heatMap(cells, options)', () => {
	const gains = [
		[1.7, 4.6],
		[0.9, 0.2]
	];

	test('golden: gains, losses, what does not fit', async () => {
		const cells = gains.map((row) =>
			row.map((gain) => ({ gain, fits: gain !== 0.2, label: `${gain} x` }))
		);
		const drawing = heatMap(cells, {
			width: 320,
			xTitle: 'drafts',
			yTitle: 'batch',
			columns: [
				['k = 2', '6'],
				['k = 8', '72']
			],
			rows: ['1', '256'],
			now: { column: 1, row: 0 }
		});
		expect(drawing.columns).toBe(2);
		await golden('heat', drawing);
	});
});

describe('curves(all, options)', () => {
	test('golden: a curve that stops being possible', () =>
		golden(
			'curves',
			curves(
				[
					{
						name: 'AR',
						strong: false,
						dashed: false,
						points: [1, 4, 16, 64].map((x) => ({ x, y: 3 / x, possible: x < 64 }))
					},
					{
						name: 'TiDAR',
						strong: true,
						dashed: true,
						points: [1, 4, 16, 64].map((x) => ({ x, y: 0.3 + 0.5 / x, possible: true }))
					}
				],
				{
					width: 420,
					height: 280,
					xTitle: 'batch',
					yTitle: 'J a token',
					ticks: [1, 4, 16, 64],
					now: 4,
					label: (x) => `batch ${x}`
				}
			)
		));
});

describe('errorRows(rows, options)', () => {
	test('golden: the published errors', () =>
		golden(
			'errors',
			errorRows(
				accuracy.map((row) => ({ ...row, key: row.id, name: row.set, label: row.set })),
				{
					width: 480,
					xTitle: 'absolute error',
					names: { median: 'median', p95: '95 %', worst: 'worst' }
				}
			)
		));
});

describe('kneeRows(rows, options)', () => {
	test('golden: the published knees', () =>
		golden(
			'knees',
			kneeRows(
				knees.map((row, i) => ({
					...row,
					key: String(i),
					name: `${row.model}, ${row.device}, ${row.context}`,
					label: row.model
				})),
				{ width: 480, xTitle: 'slots', names: { measured: 'measured', predicted: 'predicted' } }
			)
		));
});

describe('drawing', () => {
	test('spread(places, distance, range) keeps the distance, the order and the range', () => {
		const moved = spread([10, 12, 11, 90], 10, [0, 100]);
		const sorted = [...moved].sort((a, b) => a - b);
		for (let i = 1; i < sorted.length; i++) {
			expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(10 - 1e-9);
		}
		expect([moved[0]! < moved[2]!, moved[2]! < moved[1]!, moved[3]]).toEqual([true, true, 90]);
		expect(Math.max(...spread([98, 99, 100], 10, [0, 100]))).toBe(100);
	});

	test('textWidth(text): Chinese is square', () => {
		expect(textWidth('显存', 10)).toBe(20);
		expect(textWidth('ab', 10)).toBeCloseTo(11.2, 9);
	});

	test('outline(dot) closes every shape', () => {
		for (const shape of ['circle', 'square', 'diamond', 'triangle'] as const) {
			expect(outline({ shape, r: 4 })).toMatch(/^M.*Z$/);
		}
	});

	test('decades(scale) and tick(value)', () => {
		expect(decades(scaleLog([0.3, 2000], [0, 1]))).toEqual([1, 10, 100, 1000]);
		expect([0.01, 1, 1000, 20000, 3e6].map(tick)).toEqual(['0.01', '1', '1000', '20k', '3M']);
	});

	test('files escape what is not theirs', () => {
		const none: Drawing = { width: 10, height: 10, marks: [], spots: [], pick: 'x' };
		const svg = toSvg(none, {} as Palette, { title: '<b>', source: '"&' });
		expect(svg).not.toContain('<b>');
	});
});
