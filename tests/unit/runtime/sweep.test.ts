import { expect, test, vi } from 'vitest';
import type { Forward, PassInput } from '../../../engine/decode/index.ts';
import { measureSweep, yieldsOf } from '../../../engine/runtime/sweep.ts';

/** A Forward whose passes say that they took `cost(slots)` milliseconds. */
function timed(cost: (slots: number, pass: number) => number) {
	let passes = 0;
	const run = async ({ layout }: PassInput) => ({
		predictions: [],
		logits: async () => [],
		times: { total: cost(layout.slots.length, passes++) }
	});
	const model = { name: 'timed', vocabulary: 2, mask: 1, end: 0, capacity: 512 };
	const forward: Forward = { model, length: 0, run, keep() {}, truncate() {} };
	return forward;
}

test('the sweep takes the median of warm passes', async () => {
	const key = { device: 'a GPU', weights: 'abc' };
	// Three passes to warm up, then one in five disturbed.
	const forward = timed((slots, pass) => (pass % 8 < 3 ? 500 : pass % 8 === 5 ? 90 : slots));
	expect(await measureSweep(forward, key, { passes: 5, ks: [1, 8] })).toEqual({
		...key,
		ar: 1,
		steps: [
			{ k: 1, ms: 2 },
			{ k: 8, ms: 72 }
		]
	});
});

test('a sweep with little patience leaves out large steps, or everything', async () => {
	const key = { device: 'a CPU', weights: 'abc' };
	const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
	let spent = 0;
	const forward = timed((slots) => {
		clock.mockReturnValue((spent += slots));
		return slots;
	});
	const sweep = await measureSweep(forward, key, { passes: 1, ks: [1, 4, 16], patience: 120 });
	expect(sweep?.steps).toEqual([
		{ k: 1, ms: 2 },
		{ k: 4, ms: 20 }
	]);
	expect(await measureSweep(forward, key, { passes: 1, patience: 2 })).toBeUndefined();
	vi.restoreAllMocks();
});

test('an aborted sweep ends with the reason', async () => {
	const signal = AbortSignal.abort(new Error('left the page'));
	const key = { device: 'a GPU', weights: 'abc' };
	await expect(
		measureSweep(
			timed(() => 1),
			key,
			{ signal }
		)
	).rejects.toThrow('left the page');
});

test('T/NFE is read from the evaluation over most prompts', () => {
	const drafts = (all: number) => ({
		'4-bit': { 'temperature 0': { k16: { all: all + 1 }, k4: { all }, tree9: { all: 9 } } },
		full: { 'temperature 0': { k4: { all: 7 } } }
	});
	const evaluation = {
		runs: [
			{ prompts: 36, drafts: drafts(2) },
			{ prompts: 136, drafts: drafts(3) }
		]
	};
	expect(yieldsOf({ evaluation })).toEqual([
		{ k: 4, tokensPerPass: 3 },
		{ k: 16, tokensPerPass: 4 }
	]);
	expect(yieldsOf({ evaluation: null })).toBeNull();
	expect(yieldsOf({ evaluation: { runs: [] } })).toBeNull();
	expect(yieldsOf({ evaluation: { something: 'else' } })).toBeNull();
});
