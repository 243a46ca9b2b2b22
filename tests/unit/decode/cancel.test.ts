import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	decode,
	defaults,
	type DecoderName,
	type Pass,
	type PassInput,
	type Settings,
	type Step
} from '../../../engine/decode/index.ts';
import { randomTable, TableForward } from '../../fakes/table-forward.ts';

/** Counts the passes under way, and can abort in the middle of one. */
class WatchedForward extends TableForward {
	running = 0;
	duringPass = (_: number) => {};

	override async run(input: PassInput): Promise<Pass> {
		this.running++;
		this.duringPass(this.passes.length);
		await Promise.resolve();
		const pass = await super.run(input);
		this.running--;
		return pass;
	}
}

const model = (seed: number) =>
	new WatchedForward(randomTable(12, seed, 0.7), {
		name: 'table',
		vocabulary: 12,
		mask: 98,
		end: 99,
		capacity: 200
	});

/** Decoders whose cache is prompt and answer after every step. */
const decoders: DecoderName[] = ['ar', 'tidar', 'tidar-tree', 'lookup', 'speculative'];
const scenes = fc.record({
	seed: fc.nat(),
	decoder: fc.constantFrom(...decoders),
	slots: fc.integer({ min: 2, max: 60 }),
	k: fc.integer({ min: 1, max: 6 }),
	temperature: fc.constantFrom(0, 1),
	/** The pass, or the step, at which it is left. */
	at: fc.integer({ min: 0, max: 12 })
});
const prompt = [1, 2, 3];

/** Runs on in the same cache as AR would from there: nothing was left behind. */
async function goesOn(forward: WatchedForward, steps: readonly Step[]) {
	const emitted = steps.flatMap((step) => step.emitted);
	expect(forward.running).toBe(0);
	expect(forward.cache).toEqual([...prompt, ...emitted].slice(0, forward.length));
	expect(forward.length).toBe(steps.length === 0 ? 0 : prompt.length + emitted.length);
}

test('aborted in the middle of any pass, a decoder ends behind that pass, and the cache is what was emitted', async () => {
	await fc.assert(
		fc.asyncProperty(scenes, async ({ seed, at, ...changes }) => {
			const settings: Settings = { ...defaults, gamma: 3, maxTokens: 30, ...changes };
			const forward = model(seed);
			const draft = model(seed + 1);
			const controller = new AbortController();
			let passes = 0;
			forward.duringPass = draft.duringPass = () => {
				if (passes++ === at) controller.abort();
			};
			const steps: Step[] = [];
			const run = decode(forward, prompt, settings, controller.signal, { draft });
			let result = await run.next();
			for (; !result.done; result = await run.next()) steps.push(result.value);
			expect(['stopped', 'max-tokens']).toContain(result.value);
			if (result.value === 'stopped') expect(passes).toBe(at + 1);
			expect(draft.running).toBe(0);
			await goesOn(forward, steps);
		}),
		{ numRuns: 120 }
	);
});

test('left after any step, without a signal, a decoder computes nothing more', async () => {
	await fc.assert(
		fc.asyncProperty(scenes, async ({ seed, at, ...changes }) => {
			const settings: Settings = { ...defaults, gamma: 3, maxTokens: 30, ...changes };
			const forward = model(seed);
			const draft = model(seed + 1);
			const steps: Step[] = [];
			for await (const step of decode(forward, prompt, settings, undefined, { draft })) {
				steps.push(step);
				if (steps.length > at) break;
			}
			const passes = forward.passes.length + draft.passes.length;
			await Promise.resolve();
			expect(forward.passes.length + draft.passes.length).toBe(passes);
			await goesOn(forward, steps);
		}),
		{ numRuns: 120 }
	);
});

test('a device that fails in the middle of a tree ends the answer with its error, and the cache is what was emitted', async () => {
	for (const at of [0, 1, 3, 6]) {
		const forward = model(at);
		forward.duringPass = (pass) => {
			if (pass === at) throw new Error('lost');
		};
		const steps: Step[] = [];
		const answering = async () => {
			const settings: Settings = { ...defaults, decoder: 'tidar-tree', slots: 30 };
			for await (const step of decode(forward, prompt, settings)) steps.push(step);
		};
		await expect(answering()).rejects.toThrow('lost');
		forward.running = 0;
		expect(steps).toHaveLength(at);
		await goesOn(forward, steps);
	}
});
