import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Glide } from '../../../src/lib/timeline/glide.ts';
import {
	panBy,
	SHORTEST,
	ticks,
	toMs,
	toX,
	within,
	zoomAt,
	type TimeScale
} from '../../../src/lib/timeline/scale.ts';
import { tellMs, tellShare, tellTick } from '../../../src/lib/timeline/units.ts';

const scale: TimeScale = { start: 10, end: 20, left: 100, right: 1100 };
const anyScale = fc
	.record({
		start: fc.double({ min: 0, max: 900, noNaN: true }),
		length: fc.double({ min: 0.001, max: 100, noNaN: true }),
		x: fc.double({ min: 0, max: 1000, noNaN: true })
	})
	.map(({ start, length, x }) => ({
		s: { start, end: start + length, left: 0, right: 1000 } satisfies TimeScale,
		x
	}));

test('toX(scale, ms), toMs(scale, x) are inverse', () => {
	expect(toX(scale, 10)).toBe(100);
	expect(toX(scale, 15)).toBe(600);
	fc.assert(
		fc.property(anyScale, ({ s, x }) => {
			expect(toX(s, toMs(s, x))).toBeCloseTo(x, 5);
		})
	);
});

test('within(start, end, duration) keeps the length, then the ends', () => {
	expect(within(-5, 5, 100)).toEqual([0, 10]);
	expect(within(95, 105, 100)).toEqual([90, 100]);
	expect(within(-10, 300, 100)).toEqual([0, 100]);
	expect(within(5, 5, 100)).toEqual([5, 5 + SHORTEST]);
	expect(within(0, 1, 0)).toEqual([0, SHORTEST]);
});

test('zoomAt(scale, x, factor, duration) keeps what lies at x', () => {
	fc.assert(
		fc.property(anyScale, fc.double({ min: 1.01, max: 8, noNaN: true }), ({ s, x }, factor) => {
			const zoomed = zoomAt(s, x, factor, 1000);
			expect(toX(zoomed, toMs(s, x))).toBeCloseTo(x, 3);
			expect(zoomed.end - zoomed.start).toBeCloseTo((s.end - s.start) / factor, 6);
		})
	);
	const whole = zoomAt(scale, 600, 1e-9, 1000);
	expect([whole.start, whole.end]).toEqual([0, 1000]);
	const close = zoomAt(scale, 600, 1e12, 1000);
	expect(close.end - close.start).toBeCloseTo(SHORTEST, 9);
});

test('panBy(scale, px, duration) stops at the ends', () => {
	expect(panBy(scale, 100, 1000).start).toBeCloseTo(11);
	expect(panBy(scale, -5000, 1000).start).toBe(0);
	expect(panBy(scale, 1e6, 1000).end).toBe(1000);
});

test('ticks(scale, room) are 1, 2 or 5 times a power of ten, far enough apart', () => {
	expect(ticks(scale, 80).at).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
	fc.assert(
		fc.property(anyScale, ({ s }) => {
			const { step, at } = ticks(s, 80);
			const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
			expect([1, 2, 5]).toContain(Math.round(digit));
			expect(at.length).toBeLessThan(14);
			expect(at.every((ms) => ms >= s.start - 1e-9 && ms <= s.end + 1e-9)).toBe(true);
		})
	);
});

test('times in words', () => {
	expect([0, 0.00034, 0.0125, 6.87, 1200].map(tellMs)).toEqual([
		'0 µs',
		'340 ns',
		'12.5 µs',
		'6.87 ms',
		'1.20 s'
	]);
	expect(tellTick(0.05, 0.05)).toBe('50 µs');
	expect(tellTick(1.5, 0.5)).toBe('1500 µs');
	expect(tellTick(20, 10)).toBe('20 ms');
	expect([0.9967, 0.5, 0.9998, 0].map(tellShare)).toEqual(['99.7 %', '50 %', '99.98 %', '0.00 %']);
});

test('Glide: a tap moves at once, holding accelerates, letting go comes to rest', () => {
	const glide = new Glide();
	expect(glide.press('on')).toEqual({ pan: 0.1, zoom: 0 });
	const first = glide.step(50).pan;
	for (let i = 0; i < 20; i++) glide.step(50);
	expect(glide.step(50).pan).toBeGreaterThan(first);
	glide.release('on');
	expect(glide.moving).toBe(true);
	for (let i = 0; i < 20; i++) glide.step(50);
	expect(glide.moving).toBe(false);
	expect(glide.press('out').zoom).toBeLessThan(0);
});

test('Glide: without motion a press is a step and nothing more', () => {
	const glide = new Glide();
	glide.still = true;
	expect(glide.press('in')).toEqual({ pan: 0, zoom: 0.2 });
	expect(glide.moving).toBe(false);
});
