import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histogram } from '../../../src/lib/charts/histogram.ts';
import { stripSvg } from '../../../src/lib/charts/strip-svg.ts';
import { clockOf, tallyOf, timesOf } from '../../../src/lib/decode/counters.ts';
import { frameAt } from '../../../src/lib/decode/frame.ts';
import { csvOf, logOf } from '../../../src/lib/decode/log.ts';
import { bytes, count, digits, duration, percent } from '../../../src/lib/decode/number.ts';
import { momentsOf } from '../../../src/lib/decode/pair.ts';
import { labelOf, wordOf } from '../../../src/lib/decode/text.ts';
import { makeSession } from './fixture.ts';

describe('tallyOf(session, index)', () => {
	test('counts up to and with a step', async () => {
		const session = await makeSession();
		expect(tallyOf(session, 0)).toMatchObject({ passes: 0, tokens: 0, tokensPerPass: undefined });
		const last = session.steps.length - 1;
		const tally = tallyOf(session, last);
		expect(tally.tokens).toBe(24);
		expect(tally.passes).toBe(last);
		expect(tally.tokensPerPass).toBe(24 / last);
		// The table forward says that a pass takes 1 ms.
		expect(tally.tokensPerSecond).toBe((1000 * 24) / last);
		expect(tally.lengths.reduce((sum, n, length) => sum + n * length, 0)).toBe(24);
	});
});

test('timesOf: parts that were not measured have no value, the rest of the total is named', () => {
	expect(timesOf({ total: 3 }).map(({ ms }) => ms)).toEqual([undefined, undefined, undefined]);
	const parts = timesOf({ total: 8, encode: 1, gpu: 5, readback: 1 });
	expect(parts.at(-1)).toEqual({ part: 'other', ms: 1 });
	expect(parts.reduce((sum, { ms = 0 }) => sum + ms, 0)).toBe(8);
});

test('clockOf and momentsOf: two runs on one clock', () => {
	const steps = (...totals: number[]) => totals.map((total) => ({ times: { total } }) as never);
	expect(clockOf(steps(1, 2, 3))).toEqual([1, 3, 6]);
	expect(momentsOf(steps(2, 2), steps(1, 3, 1))).toEqual([
		{ at: 1, done: [-1, 0] },
		{ at: 2, done: [0, 0] },
		{ at: 4, done: [1, 1] },
		{ at: 5, done: [1, 2] }
	]);
});

describe('histogram(counts, size)', () => {
	test('bars stand on the axis, in order, within the chart; the tallest fills it', () => {
		fc.assert(
			fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 17 }), (counts) => {
				const bars = histogram(counts, { width: 300, height: 60, from: 1 });
				expect(bars.map(({ value }) => value)).toEqual(counts.slice(1).map((_, i) => i + 1));
				for (const { x, width, y, height } of bars) {
					expect(y + height).toBeCloseTo(60, 9);
					expect(x).toBeGreaterThanOrEqual(0);
					expect(x + width).toBeLessThanOrEqual(300);
				}
				const most = Math.max(...counts.slice(1));
				if (most > 0) expect(Math.max(...bars.map(({ height }) => height))).toBeCloseTo(60, 9);
			})
		);
	});
});

describe('numbers', () => {
	test.each([
		[7.2, '7.20'],
		[41, '41'],
		[1024, '1,020'],
		[0.0123, '0.012'],
		[99.96, '100'],
		[0, '0'],
		[NaN, '–']
	])('digits(%d) = %s', (value, text) => expect(digits(value)).toBe(text));
	test.each([
		[1, '100 %'],
		[0.413, '41 %'],
		[0.003, '0.3 %'],
		[0.0001, '< 0.1 %'],
		[0.9999, '> 99.9 %'],
		[0, '0 %']
	])('percent(%d) = %s', (value, text) => expect(percent(value)).toBe(text));
	test.each([
		[0, '0 B'],
		[46080, '46.1 kB'],
		[92_400_000, '92.4 MB']
	])('bytes(%d) = %s', (value, text) => expect(bytes(value)).toBe(text));
	test('digits and count write numbers as Intl does in English', () => {
		const intl = (value: number, fewest: number, most: number) =>
			new Intl.NumberFormat('en', {
				minimumFractionDigits: fewest,
				maximumFractionDigits: most
			}).format(value);
		const number = fc.oneof(
			fc.double({ min: -1e12, max: 1e12, noNaN: true }),
			fc.double({ min: -20, max: 20, noNaN: true }),
			fc.integer({ min: -99_999, max: 99_999 }),
			// Written out in few decimals, as what is measured mostly is: ties among them.
			fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 10_000)
		);
		fc.assert(
			fc.property(number, (value) => {
				const rounded = Number(value.toPrecision(3));
				const most = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded) || 1))));
				expect(digits(value)).toBe(intl(rounded, Number.isInteger(value) ? 0 : most, most));
				expect(count(value)).toBe(intl(value, 0, 3));
			}),
			{ numRuns: 2000 }
		);
	});
	test('count and duration', () => {
		expect(count(2048)).toBe('2,048');
		expect(duration(7.2)).toBe('7.20 ms');
		expect(duration(1350)).toBe('1.35 s');
		expect(duration(125_000)).toBe('2 min 5 s');
	});
});

describe('files', () => {
	test('the table has a row a step and quotes what must be quoted', async () => {
		const session = await makeSession();
		const rows = csvOf(session).trimEnd().split('\r\n');
		expect(rows).toHaveLength(session.steps.length + 1);
		const width = rows[0]!.split(',').length;
		for (const row of rows) expect(row.replace(/"[^"]*"/g, '').split(',')).toHaveLength(width);
	});

	test('the log has a line a step', async () => {
		const session = await makeSession();
		expect(logOf(session).split('\n')).toHaveLength(session.steps.length);
	});

	test('the picture holds every tile and no markup of the tokens', async () => {
		const session = await makeSession();
		const frame = frameAt(session, 3, 'rest');
		const colours = ['paper', 'ink', 'muted', 'line', 'prefix', 'draft', 'mask', 'accent'] as const;
		const svg = stripSvg({
			frame,
			label: () => '<&>',
			palette: Object.fromEntries(colours.map((name) => [name, '#123456'])) as never,
			title: 'a "title"',
			source: 'somewhere'
		});
		expect(svg.match(/<g /g)).toHaveLength(frame.tiles.length);
		expect(svg).not.toContain('<&>');
	});
});

test('labels draw spaces, line ends and broken characters; words leave the first space out', async () => {
	const session = await makeSession();
	expect([2, 7, 8, 15].map((token) => labelOf(session, token))).toEqual([
		'␣the',
		'↵',
		'‹E4 BD›',
		'␣␣'
	]);
	expect([2, 7, 15].map((token) => wordOf(session, token))).toEqual(['the', '↵', '␣␣']);
	expect(labelOf(session, 999)).toBe('#999');
	expect(labelOf(session, undefined)).toBe('');
});
