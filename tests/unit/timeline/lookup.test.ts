import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	indexLanes,
	SliceWriter,
	tokensUntil,
	type Timeline
} from '../../../engine/timeline/index.ts';

/** A timeline of one lane with these gaps and lengths. */
function oneLane(parts: readonly (readonly [gap: number, length: number])[]): Timeline {
	const writer = new SliceWriter(4);
	let now = 0;
	for (const [gap, length] of parts) {
		writer.add(0, 0, now + gap, length, undefined, 10 * length, 3 * length, 0.5);
		now += gap + length;
	}
	return {
		lanes: [{ kind: 'memory', name: '' }],
		slices: writer.done(),
		labels: [''],
		passes: [],
		duration: now,
		notes: []
	};
}

const parts = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 9 })), {
	maxLength: 40
});

test('totals(start, end) equal the sum over clipped slices', () => {
	fc.assert(
		fc.property(
			parts,
			fc.integer({ min: 0, max: 300 }),
			fc.integer({ min: 1, max: 99 }),
			(p, start, ms) => {
				const t = oneLane(p);
				const [index] = indexLanes(t);
				const end = start + ms;
				let [busy, count] = [0, 0];
				for (let i = 0; i < t.slices.length; i++) {
					const from = t.slices.start[i]!;
					const inside = Math.min(end, from + t.slices.duration[i]!) - Math.max(start, from);
					if (inside > 0) [busy, count] = [busy + inside, count + 1];
				}
				const totals = index!.totals(start, end);
				expect(totals.slices).toBe(count);
				expect(totals.busyMs).toBeCloseTo(busy, 6);
				expect(totals.bytes).toBeCloseTo(10 * busy, 5);
				expect(totals.flops).toBeCloseTo(3 * busy, 5);
				expect(totals.idle).toBeCloseTo(1 - (0.5 * busy) / ms, 6);
			}
		)
	);
});

test('at(time), near(time, reach)', () => {
	const [index] = indexLanes(
		oneLane([
			[1, 2],
			[3, 1]
		])
	);
	expect(index!.at(0.5)).toBeUndefined();
	expect(index!.at(1)).toBe(0);
	expect(index!.at(3)).toBeUndefined();
	expect(index!.at(6.5)).toBe(1);
	expect(index!.near(3.4, 0.5)).toBe(0);
	expect(index!.near(4.5, 0.5)).toBeUndefined();
	expect(index!.near(5.8, 0.5)).toBe(1);
});

test('tokensUntil(timeline, time) counts what has dropped out', () => {
	const pass = { start: 0, end: 1, role: 'step', slots: 1 };
	const passes = [
		{ ...pass, tokens: 2, out: 1 },
		{ ...pass, tokens: 3, out: 2 }
	];
	expect([0.9, 1, 1.5, 2].map((time) => tokensUntil({ passes }, time))).toEqual([0, 2, 2, 5]);
});
