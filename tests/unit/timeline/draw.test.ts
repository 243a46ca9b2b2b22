import { beforeAll, describe, expect, test } from 'vitest';
import { setup } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import {
	indexLanes,
	layRun,
	operatorNames,
	SliceWriter,
	type Timeline
} from '../../../engine/timeline/index.ts';
import { draw, type Scene } from '../../../src/lib/timeline/draw.ts';
import { looks, variables } from '../../../src/lib/timeline/palette.ts';
import { fills, fitted, widthOf } from '../../../src/lib/timeline/pen.ts';
import {
	keptPins,
	laneKey,
	lanesOfKind,
	rowAt,
	rowsOf,
	type DrawnRun
} from '../../../src/lib/timeline/rows.ts';
import { searched } from '../../../src/lib/timeline/search.ts';
import { SvgPen } from '../../../src/lib/timeline/svg-pen.ts';
import { copyAs, totalsTable } from '../../../src/lib/timeline/table.ts';
import { DENSE, walkLane } from '../../../src/lib/timeline/walk.ts';
import type { Words } from '../../../src/lib/timeline/words.ts';
import { RecordingPen } from './pen.ts';

const named = (name: string) => new Proxy({}, { get: (_, key) => `${name}:${String(key)}` });
const words: Words = {
	lane: named('lane') as Words['lane'],
	slice: named('slice') as Words['slice'],
	operator: (operator) => operator,
	layer: (number) => `layer ${number}`,
	role: (role, slots) => `${role} ${slots}`,
	tokens: 'tokens'
};
const none = new Set<never>();

const drawn = (timeline: Timeline, name = 'run'): DrawnRun => ({
	name,
	timeline,
	lanes: indexLanes(timeline)
});
const s = setup({ device: findDevice('h100-sxm')!, model: findModel('qwen3-8b')! });
const run = (decoder: 'ar' | 'tidar') =>
	drawn(
		layRun({
			decoder,
			setup: s,
			drafts: 8,
			block: 8,
			denoise: 2,
			acceptance: { kind: 'geometric', rate: 0.8, seed: 1 },
			steps: 3
		}),
		decoder
	);

let runs: DrawnRun[];
beforeAll(() => {
	runs = [run('ar'), run('tidar')];
});

function scene(more: Partial<Scene> & { from?: number; to?: number } = {}): Scene {
	const shown = more.runs ?? runs;
	const { rows, height } = rowsOf(shown, { hidden: none, pinned: none, titles: true });
	const { from = 0, to = Math.max(...shown.map((r) => r.timeline.duration)), ...rest } = more;
	return {
		width: 1000,
		height,
		scale: { start: from, end: to, left: 100, right: 1000 },
		runs: shown,
		rows,
		words,
		status: shown.map(({ name }) => `status of ${name}`),
		future: 'veiled',
		slowdown: 1000,
		ruler: true,
		names: true,
		...rest
	};
}
const shot = (of: Scene) => {
	const pen = new RecordingPen();
	draw(pen, of);
	expect(pen.depth).toBe(0);
	return pen;
};

describe('draw(pen, scene)', () => {
	test('a layer close up: tiles of weights, blinks of compute, names', () => {
		const pen = shot(scene({ runs: [runs[0]!], from: 0, to: 0.2 }));
		const weights = pen.bars('weights');
		expect(weights.length).toBeGreaterThan(20);
		expect(pen.bars('compute').length).toBeGreaterThan(20);
		expect(pen.texts()).toEqual(
			expect.arrayContaining(['layer 0', 'gate-up', 'ar', 'status of ar'])
		);
		const widest = Math.max(...pen.bars('compute').map(({ width }) => width));
		expect(widest).toBeLessThan(0.1 * Math.max(...weights.map(({ width }) => width)));
	});

	test('the whole run: columns; compute is lower than memory, and higher with more slots', () => {
		const pen = shot(scene());
		const heights = (fill: 'weights' | 'compute', y: number) =>
			pen
				.bars(fill)
				.filter((bar) => bar.y > y - 40 && bar.y < y + 40)
				.map((bar) => bar.height);
		const rowOf = (r: number, kind: string) =>
			scene().rows.find(
				(row) => row.run === r && runs[r]!.timeline.lanes[row.lane]?.kind === kind
			)!;
		const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
		const [ar, tidar] = [rowOf(0, 'compute'), rowOf(1, 'compute')];
		expect(mean(heights('compute', ar.y))).toBeLessThan(3);
		expect(mean(heights('compute', tidar.y))).toBeGreaterThan(8);
		expect(mean(heights('weights', rowOf(0, 'memory').y))).toBeGreaterThan(20);
	});

	test('nothing is drawn outside its row or beyond the picture by more than an edge', () => {
		for (const [from, to] of [
			[0, 20],
			[3, 3.01],
			[6.8, 7.4]
		] as const) {
			const of = scene({ from, to });
			for (const { x, width, y, height } of shot(of).bars('weights', 'kv', 'compute', 'matrix')) {
				expect(x).toBeGreaterThanOrEqual(90);
				expect(x + width).toBeLessThanOrEqual(1010);
				const row = rowAt(of.rows, y + height - 0.01)!;
				expect(y).toBeGreaterThanOrEqual(row.y - 1e-6);
			}
		}
	});

	test('tokens drop out at the end of their pass, and fall', () => {
		const end = runs[0]!.timeline.passes[0]!.out;
		const at = (playHead: number) =>
			shot(scene({ runs: [runs[0]!], playHead }))
				.bars('token')
				.map(({ y }) => y);
		expect(at(end - 0.01)).toHaveLength(0);
		const [falling] = at(end + 0.1);
		const [fallen] = at(end + 1);
		expect(falling).toBeLessThan(fallen!);
		expect(at(runs[0]!.timeline.duration)).toHaveLength(3);
	});

	test('what is later than the play head lies under a veil, or is not there', () => {
		expect(shot(scene({ playHead: 5 })).bars('veil')).toHaveLength(1);
		expect(shot(scene({ playHead: 5, future: 'hidden' })).bars('paper').length).toBeGreaterThan(1);
		expect(shot(scene({ playHead: 5, future: 'shown' })).bars('veil')).toHaveLength(0);
	});

	test('selection, area, marks and what a search found are framed', () => {
		const index = runs[0]!.lanes[2]!;
		const slice = index.ids[1]!;
		const pen = shot(
			scene({
				from: 0,
				to: 0.2,
				selected: { run: 0, slice },
				area: { start: 0.05, end: 0.1 },
				marks: [{ start: 0.02, end: 0.02, name: 'here' }],
				found: [new Set([slice]), new Set()]
			})
		);
		const frames = pen.marks.filter(({ what, ink }) => what === 'frame' && ink === 'accent');
		expect(frames.length).toBeGreaterThanOrEqual(2);
		expect(pen.bars('area')[0]!.width).toBeCloseTo(225, 3);
		expect(pen.texts()).toContain('here');
	});
});

/** One lane with this many slices of 1 ms, half of the time busy. */
function long(count: number): DrawnRun {
	const writer = new SliceWriter(count);
	for (let i = 0; i < count; i++) writer.add(0, 3, i, 0.5);
	return drawn({
		lanes: [{ kind: 'memory', name: '' }],
		slices: writer.done(),
		labels: [''],
		passes: [],
		duration: count,
		notes: []
	});
}

describe('walkLane(timeline, index, scale, visitor)', () => {
	const walked = (r: DrawnRun, start: number, end: number) => {
		const seen = { bars: 0, columns: 0, share: 0 };
		walkLane(
			r.timeline,
			r.lanes[0]!,
			{ start, end, left: 0, right: 1000 },
			{
				bar: () => seen.bars++,
				column: (_, __, share) => {
					seen.columns++;
					seen.share += share;
				}
			}
		);
		return seen;
	};
	test('visits a bar a slice close up, at most a column a pixel far off', () => {
		const r = long(DENSE * 10);
		expect(walked(r, 0, 100)).toEqual({ bars: 100, columns: 0, share: 0 });
		for (const end of [DENSE - 1, DENSE * 10]) {
			const { bars, columns, share } = walked(r, 0, end);
			expect(bars).toBe(0);
			expect(columns).toBeLessThanOrEqual(1000);
			expect(share / columns).toBeCloseTo(0.5, 1);
		}
	});
});

test('rowsOf: empty lanes are left out, hidden ones too, pinned ones stand on top', () => {
	const kinds = (options: Parameters<typeof rowsOf>[1]) =>
		rowsOf(runs, options).rows.map((row) =>
			row.kind === 'lane' ? runs[row.run]!.timeline.lanes[row.lane]!.kind : row.kind
		);
	const all = kinds({ hidden: none, pinned: none, titles: true });
	expect(all).not.toContain('link');
	expect(all.slice(0, 2)).toEqual(['title', 'pass']);
	const some = kinds({
		hidden: new Set(['pass'] as const),
		pinned: new Set(lanesOfKind(runs, 'compute')),
		titles: true
	});
	expect(some.slice(0, 4)).toEqual(['compute', 'compute', 'title', 'layer']);
	const [, second] = lanesOfKind(runs, 'compute');
	const { rows } = rowsOf(runs, { hidden: none, pinned: new Set([second!]), titles: true });
	expect(rows.filter((row) => row.pinned).map(({ run, lane }) => laneKey(run, lane))).toEqual([
		second
	]);
	expect(rows[0]!.pinned).toBe(true);
});

test('pinned lanes of two runs say what they are and whose, neither cut, inside their row', () => {
	const pinned = new Set(lanesOfKind(runs, 'launch'));
	const named = [
		{ ...runs[0]!, name: 'speculative, with a draft model' },
		{ ...runs[1]!, name: 'masked diffusion' }
	];
	const { rows } = rowsOf(named, { hidden: none, pinned, titles: true });
	const { marks } = shot(scene({ runs: named, rows }));
	for (const [i, { name }] of named.entries()) {
		const { y, height } = rows[i]!;
		const inside = marks.filter(
			(m) => m.what === 'text' && m.x === 0 && m.y > y && m.y < y + height
		);
		expect(inside.map(({ text }) => text)).toEqual([name, words.lane.launch]);
	}
});

test('searched: a part of a name, a layer, and a single sign as a whole', () => {
	const [run] = runs;
	const operators = (query: string) =>
		new Set(
			[...searched(run!, query)].map((i) => operatorNames[run!.timeline.slices.operator[i]!])
		);
	expect([...operators('gate')]).toEqual(['gate-up']);
	expect([...operators('o')]).toEqual(['o']);
	expect([...searched(run!, 'layer 3')].every((i) => run!.timeline.slices.layer[i] === 3)).toBe(
		true
	);
});

test('keptPins: a pin stays on a lane that is still there and still the same', () => {
	const pins = new Set(lanesOfKind(runs, 'memory'));
	expect([...keptPins(pins, runs, runs)]).toEqual([...pins]);
	expect([...keptPins(pins, runs, runs.slice(0, 1))]).toEqual([[...pins][0]]);
	const other = {
		timeline: { ...runs[0]!.timeline, lanes: [{ kind: 'track' as const, name: 'x' }] }
	};
	expect([...keptPins(pins, runs, [other])]).toEqual([]);
});

describe('copyAs(table, form)', () => {
	const table = { head: ['lane', 'ms'], rows: [['a|b\n\tc', 1.5]] };
	test('a row stays a row and a cell a cell, whatever a name holds', () => {
		expect(copyAs(table, 'TSV')).toBe('lane\tms\na|b c\t1.5\n');
		expect(copyAs(table, 'Markdown')).toBe('| lane | ms |\n|---|---|\n| a\\|b c | 1.5 |\n');
		expect(JSON.parse(copyAs(table, 'JSON'))).toEqual([{ lane: 'a|b\n\tc', ms: 1.5 }]);
	});
	test('an area’s totals: busy time of the compute lane as the lane’s own', () => {
		const { head, rows } = totalsTable(
			runs,
			{ start: 0, end: 1 },
			(r, lane) => r.timeline.lanes[lane]!.kind
		);
		const row = rows.find(([name, lane]) => name === runs[0]!.name && lane === 'compute')!;
		const lane = runs[0]!.timeline.lanes.findIndex(({ kind }) => kind === 'compute');
		expect(row[head.indexOf('busy ms')]).toBeCloseTo(runs[0]!.lanes[lane]!.totals(0, 1).busyMs, 4);
	});
});

test('every fill differs from every other by more than colour', () => {
	const cue = (fill: (typeof fills)[number]) => {
		const { pattern, outline, tint } = looks[fill];
		return `${pattern} ${outline} ${tint}`;
	};
	const lanes = [
		['weights', 'kv', 'activations'],
		['matrix', 'attention', 'small'],
		['slower', 'faster']
	] as const;
	for (const lane of lanes) expect(new Set(lane.map(cue)).size).toBe(lane.length);
	expect(cue('weights')).not.toBe(cue('compute'));
});

test('fitted(text, room) shortens, and gives up below two signs', () => {
	expect(fitted('gate and up', 200)).toBe('gate and up');
	const short = fitted('gate and up', 40);
	expect(short).toMatch(/^gate.*…$/);
	expect(widthOf(short)).toBeLessThanOrEqual(40);
	expect(fitted('gate and up', 8)).toBe('');
	expect(widthOf('权重')).toBeGreaterThan(widthOf('ab'));
});

describe('SvgPen', () => {
	const svg = (name: string) => {
		const pen = new SvgPen(variables);
		const of = scene({ runs: [{ ...runs[0]!, name }], from: 0, to: 0.2 });
		draw(pen, of);
		return pen.svg(of.width, of.height, `A <picture> of "${name}"`);
	};
	test('writes the same picture, with patterns for what it uses', () => {
		const text = svg('ar');
		expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 1000 /);
		expect(text).toContain('<pattern id="timeline-weights"');
		expect(text).not.toContain('<pattern id="timeline-link"');
		expect(text.match(/<g /g)?.length).toBe(text.match(/<\/g>/g)?.length);
	});
	test('names from a file cannot break out of the text', () => {
		const text = svg('</text><script>alert(1)</script>\u0000&"');
		expect(text).not.toContain('<script');
		expect(text).not.toContain('\u0000');
		expect(text).toContain('&lt;script&gt;');
	});
});
