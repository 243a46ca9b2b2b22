import { afterAll, afterEach, expect, test, vi } from 'vitest';
import {
	decode,
	settingsSchema,
	type DecoderName,
	type Forward,
	type Step
} from '../../../engine/decode/index.ts';
import { arSpec, layout, prefillSpec, tidarSpec } from '../../../engine/mask/index.ts';
import { loadModel, type LoadedModel, type LoadOptions } from '../../../engine/runtime/load.ts';
import { Recording } from '../../../engine/runtime/replayRecording.ts';
import * as v from 'valibot';

/** A model of random weights; see its README. */
const base = new URL('/tests/fixtures/tiny-model', location.href);
const prompt = Array.from({ length: 11 }, (_, i) => 40 + 37 * i);

type Precision = NonNullable<LoadOptions['precision']>;

/** After it and four rounds the first cache is full. */
const LONG = 236;

// A software GPU that shares two cores needs minutes for these.
vi.setConfig({ testTimeout: 400_000 });

const open: LoadedModel[] = [];
async function load(options: Partial<LoadOptions> = {}): Promise<LoadedModel> {
	const model = await loadModel({ base, backend: 'webgpu', precision: 'f32', ...options });
	open.push(model);
	return model;
}

/** One model of each way, with kernels that stay compiled. */
const models = new Map<string, Promise<LoadedModel>>();
function shared(fast: 'replay' | 'off', precision: Precision = 'f32'): Promise<LoadedModel> {
	const key = `${fast} ${precision}`;
	if (!models.has(key)) models.set(key, load({ fast, precision }));
	return models.get(key)!;
}

afterEach(() => void vi.restoreAllMocks());
afterAll(() => Promise.all(open.splice(0).map((model) => model.dispose())));

/**
 * Passes of three shapes by turns, each often enough to be recorded and repeated, over a cache that fills
 * past 256 positions and so moves to larger buffers. Returns every logit that was computed on the way.
 */
async function interleaved(forward: Forward): Promise<Float32Array[]> {
	const seen: Float32Array[] = [];
	const pass = async (spec: Parameters<typeof layout>[0], seed: number, keep: number) => {
		const plan = layout(spec);
		const tokens = plan.slots.map(({ region }, i) =>
			region === 'mask' ? forward.model.mask : (seed * 31 + i * 17) % forward.model.vocabulary
		);
		const result = await forward.run({ layout: plan, tokens });
		const last = plan.slots.length - 1;
		seen.push(...(await result.logits([...new Set([0, last >> 1, last])])));
		seen.push(
			Float32Array.from(result.predictions.flatMap((prediction) => prediction!.tokens)),
			Float32Array.from(result.predictions.flatMap((prediction) => prediction!.probabilities))
		);
		forward.keep(plan.slots.slice(0, keep).map((_, slot) => slot));
	};
	forward.truncate(0);
	const prefill = layout(prefillSpec(LONG, 0));
	const tokens = prefill.slots.map((_, i) => (i * 17) % forward.model.vocabulary);
	await forward.run({ layout: prefill, tokens, predict: [LONG - 1] });
	forward.keep(tokens.map((_, slot) => slot));
	for (let round = 0; round < 8; round++) {
		await pass(arSpec, round, 1);
		await pass(tidarSpec(4), round, 3);
		await pass(tidarSpec(2), round, 1);
	}
	// Four rounds at 256 cache columns, four at 512.
	expect(forward.length).toBe(LONG + 8 * 5);
	// Taking back: columns are hidden again, and rows overwritten.
	forward.truncate(LONG + 30);
	await pass(arSpec, 99, 1);
	await pass(tidarSpec(4), 99, 3);
	return seen;
}

const bits = (rows: readonly Float32Array[]) =>
	rows.map((row) => [...new Uint32Array(row.buffer, row.byteOffset, row.length)]);

/** What the plain path computes, once for all tests. */
const plainBits = new Map<Precision, Promise<number[][]>>();
function plain(precision: Precision = 'f32'): Promise<number[][]> {
	const known = plainBits.get(precision);
	if (known) return known;
	const computed = shared('off', precision).then(async ({ forward }) =>
		bits(await interleaved(forward))
	);
	plainBits.set(precision, computed);
	return computed;
}

/** A software GPU has no float16. */
const adapter = await navigator.gpu.requestAdapter();
const precisions: Precision[] = adapter!.features.has('shader-f16') ? ['f32', 'f16'] : ['f32'];

for (const precision of precisions) {
	test(`repeated passes compute the same bits as plain ones, ${precision}`, async () => {
		const expected = await plain(precision);
		const encode = vi.spyOn(Recording.prototype, 'encode');
		const fast = await shared('replay', precision);
		expect(fast.device.precision).toBe(precision);
		expect(bits(await interleaved(fast.forward))).toEqual(expected);
		expect(fast.reasons).toEqual([]);
		// Three shapes at two cache sizes were checked once each; most passes were repeated.
		expect(encode.mock.calls.length).toBeGreaterThanOrEqual(3 * 2 * 3);
		const repeated = encode.mock.calls.length;
		// A chat that starts over comes back to the small cache, whose recordings are still good.
		expect(bits(await interleaved(fast.forward))).toEqual(expected);
		expect(encode.mock.calls.length - repeated).toBeGreaterThan(repeated);
	});
}

test('greedy TiDAR writes what AR writes, fast', async () => {
	const { forward, reasons } = await shared('replay');
	const tokens = async (decoder: DecoderName) => {
		const settings = v.parse(settingsSchema, { decoder, k: 4, maxTokens: 24 });
		forward.truncate(0);
		const steps: Step[] = [];
		for await (const step of decode(forward, prompt, settings)) steps.push(step);
		return steps.flatMap(({ emitted }) => emitted);
	};
	const expected = await tokens('ar');
	expect(expected.length).toBeGreaterThan(1);
	expect(await tokens('tidar')).toEqual(expected);
	expect(reasons).toEqual([]);
});

test('a recording that computes something else is not used, and the reason is given', async () => {
	const encode = vi.spyOn(Recording.prototype, 'encode').mockImplementation(() => undefined);
	const model = await load({ fast: 'replay' });
	const plan = layout(arSpec);
	const all: number[][][] = [];
	for (let i = 0; i < 5; i++) {
		const pass = await model.forward.run({ layout: plan, tokens: [50] });
		all.push(bits(await pass.logits([0])));
	}
	expect(encode).toHaveBeenCalled();
	// The first pass is always ONNX Runtime's own.
	for (const one of all) expect(one).toEqual(all[0]);
	expect(model.reasons.map(({ code }) => code)).toEqual(['no-replay']);
	expect(model.reasons[0]!.message).toMatch(/does not compute the same/);
});

test('with the plain path chosen nothing is recorded', async () => {
	const encode = vi.spyOn(Recording.prototype, 'encode');
	const { forward } = await shared('off');
	forward.truncate(0);
	const plan = layout(arSpec);
	for (let i = 0; i < 4; i++) await forward.run({ layout: plan, tokens: [i] });
	expect(encode).not.toHaveBeenCalled();
});
