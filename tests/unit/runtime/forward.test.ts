import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	arSpec,
	layout,
	prefillSpec,
	tidarSpec,
	type LayoutSpec
} from '../../../engine/mask/index.ts';
import type { Backend, Inputs, Outputs } from '../../../engine/runtime/backend.ts';
import { RuntimeForward } from '../../../engine/runtime/forward.ts';

const model = { name: 'fake', vocabulary: 1000, mask: 16, end: 2, capacity: 300 };

/**
 * A backend whose "keys and values" of a slot are the token in it. Columns that were never written hold
 * a number that no token has.
 */
class FakeBackend implements Backend {
	cache: number[] = [];
	fresh: number[] = [];
	commits = 0;
	readonly runs: Inputs[] = [];
	failing = false;

	get allocated() {
		return this.cache.length;
	}
	columnsFor(n: number) {
		return Math.max(16, 2 ** Math.ceil(Math.log2(Math.max(1, n))));
	}
	allocate(columns: number, length: number) {
		this.cache = [...this.cache.slice(0, length), ...Array<number>(columns - length).fill(-1)];
	}
	commit(slots: readonly number[], at: number) {
		this.commits++;
		slots.forEach((slot, i) => (this.cache[at + i] = this.fresh[slot]!));
	}
	async run(inputs: Inputs): Promise<Outputs> {
		this.runs.push(inputs);
		await Promise.resolve();
		if (this.failing) throw new Error('device failed');
		this.fresh = Array.from(inputs.x);
		const top = inputs.rows.map((row) => ({
			tokens: [row, 0, 0, 0, 0],
			logits: [0, -9, -9, -9, -9],
			logSumExp: 0
		}));
		return {
			top,
			logits: async (rows) => rows.map((row) => Float32Array.of(row)),
			times: { total: 0 }
		};
	}
	async dispose() {}
}

/** Embeddings are the token ids themselves. */
const embedding = { rows: (tokens: readonly number[]) => Float32Array.from(tokens) };

function open() {
	const backend = new FakeBackend();
	return { backend, forward: new RuntimeForward(model, backend, embedding) };
}

const tokensFor = (spec: LayoutSpec, first = 100) => layout(spec).slots.map((_, i) => first + i);
const run = (forward: RuntimeForward, spec: LayoutSpec, first = 100) =>
	forward.run({ layout: layout(spec), tokens: tokensFor(spec, first) });

describe('the books of the cache', () => {
	test('agree with a list, whatever is kept, taken back and run', async () => {
		const action = fc.oneof(
			fc.record({
				do: fc.constant('run' as const),
				spec: fc.oneof(
					fc.constant(arSpec),
					fc.integer({ min: 1, max: 4 }).map((k) => tidarSpec(k)),
					fc.integer({ min: 1, max: 20 }).map((n) => prefillSpec(n, 2))
				)
			}),
			fc.record({ do: fc.constant('keep' as const), pick: fc.array(fc.nat(63), { maxLength: 6 }) }),
			fc.record({
				do: fc.constant('truncate' as const),
				share: fc.double({ min: 0, max: 1, noNaN: true })
			})
		);
		await fc.assert(
			fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
				const { backend, forward } = open();
				let list: number[] = [];
				let last: number[] = [];
				let first = 100;
				for (const one of actions) {
					if (one.do === 'run') {
						last = tokensFor(one.spec, (first += 7));
						await run(forward, one.spec, first);
						const { mask, positions } = backend.runs.at(-1)!;
						expect(backend.cache.slice(0, list.length)).toEqual(list);
						expect(mask.columns).toBe(backend.allocated + last.length);
						// Shows what is cached and nothing behind it.
						expect([...mask.values.subarray(0, backend.allocated)].map((v) => v === 0)).toEqual(
							backend.cache.map((_, column) => column < list.length)
						);
						expect(positions).toEqual(
							layout(one.spec).slots.map(({ offset }) => list.length + offset)
						);
					} else if (one.do === 'keep' && last.length > 0) {
						const slots = one.pick.map((n) => n % last.length);
						forward.keep(slots);
						list = [...list, ...slots.map((slot) => last[slot]!)];
					} else if (one.do === 'truncate') {
						const length = Math.floor(one.share * list.length);
						forward.truncate(length);
						list = list.slice(0, length);
					}
					expect(forward.length).toBe(list.length);
				}
			})
		);
	});

	test('rows that are taken back before the next pass are never written', async () => {
		const { backend, forward } = open();
		await run(forward, tidarSpec(4));
		forward.keep([0, 1, 2]);
		forward.truncate(0);
		await run(forward, arSpec);
		expect(backend.commits).toBe(0);
	});

	test('the cache grows when it must, and shrinks when it was emptied', async () => {
		const { backend, forward } = open();
		await run(forward, prefillSpec(40, 2));
		expect(backend.allocated).toBe(16);
		forward.keep(Array.from({ length: 40 }, (_, i) => i));
		await run(forward, arSpec);
		expect(backend.allocated).toBe(64);
		forward.truncate(3);
		await run(forward, arSpec);
		expect(backend.allocated).toBe(64);
		forward.truncate(0);
		await run(forward, arSpec);
		expect(backend.allocated).toBe(16);
	});

	test('passes never overlap', async () => {
		const { backend, forward } = open();
		const order: string[] = [];
		const original = backend.run.bind(backend);
		backend.run = async (inputs) => {
			order.push('start');
			const outputs = await original(inputs);
			order.push('end');
			return outputs;
		};
		await Promise.all([run(forward, arSpec), run(forward, tidarSpec(2)), run(forward, arSpec)]);
		expect(order).toEqual(['start', 'end', 'start', 'end', 'start', 'end']);
	});

	test('after a failed pass nothing can be kept, and the next pass works', async () => {
		const { backend, forward } = open();
		await run(forward, arSpec);
		forward.keep([0]);
		backend.failing = true;
		await expect(run(forward, arSpec)).rejects.toThrow('device failed');
		expect(() => forward.keep([0])).toThrow(/last pass has 0 slots/);
		expect(forward.length).toBe(1);
		backend.failing = false;
		await run(forward, arSpec);
		expect(backend.cache[0]).toBe(100);
	});
});

describe('predictions and logits', () => {
	test('are of the slots that were asked for', async () => {
		const { forward } = open();
		const pass = await forward.run({
			layout: layout(tidarSpec(2)),
			tokens: tokensFor(tidarSpec(2)),
			predict: [1, 4]
		});
		expect(pass.predictions.map((one) => one?.tokens[0] ?? null)).toEqual([
			null,
			1,
			null,
			null,
			4,
			null
		]);
		expect(pass.predictions[4]!.probabilities[0]).toBe(1);
		expect(await pass.logits([4, 1])).toEqual([Float32Array.of(1), Float32Array.of(0)]);
		await expect(pass.logits([0])).rejects.toThrow(/slots 0 were asked for.*only 1,4/);
	});

	test('can be none', async () => {
		const { forward } = open();
		const pass = await forward.run({ layout: layout(arSpec), tokens: [7], predict: [] });
		expect(pass.predictions).toEqual([null]);
	});

	test('are gone with the next pass', async () => {
		const { forward } = open();
		const pass = await run(forward, arSpec);
		await run(forward, arSpec);
		await expect(pass.logits([0])).rejects.toThrow(/another pass ran since/);
	});
});

describe('refuses', () => {
	test('a pass past the capacity', async () => {
		const { forward } = open();
		await expect(run(forward, prefillSpec(300, 1))).rejects.toMatchObject({ code: 'capacity' });
		await run(forward, prefillSpec(300, 0));
		forward.keep(Array.from({ length: 300 }, (_, i) => i));
		await expect(run(forward, arSpec)).rejects.toMatchObject({ code: 'capacity' });
		expect(() => forward.keep([0])).toThrow(/cache ends at 299/);
	});

	test.each([
		['too few tokens', { layout: layout(tidarSpec(2)), tokens: [1] }, /1 tokens for 6 slots/],
		['no slots', { layout: layout(prefillSpec(0, 0)), tokens: [] }, /at least one/],
		['a token out of the vocabulary', { layout: layout(arSpec), tokens: [1000] }, /token 1000/],
		[
			'a prediction of no slot',
			{ layout: layout(arSpec), tokens: [1], predict: [1] },
			/there are 1 slots/
		]
	])('%s', async (_, input, sentence) => {
		await expect(open().forward.run(input)).rejects.toThrow(sentence);
	});

	test('keeping, and cutting to, what is not there', async () => {
		const { forward } = open();
		expect(() => forward.keep([0])).toThrow(/no slot 0/);
		await run(forward, tidarSpec(2));
		expect(() => forward.keep([6])).toThrow(/no slot 6/);
		expect(() => forward.truncate(1)).toThrow(/holds 0 positions/);
	});

	test('everything once disposed', async () => {
		const { forward } = open();
		const pass = await run(forward, arSpec);
		await forward.dispose();
		await forward.dispose();
		await expect(run(forward, arSpec)).rejects.toMatchObject({ code: 'disposed' });
		await expect(pass.logits([0])).rejects.toThrow();
	});
});
