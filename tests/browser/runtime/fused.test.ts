import { afterEach, expect, test, vi } from 'vitest';
import type { Forward } from '../../../engine/decode/index.ts';
import {
	arSpec,
	layout,
	prefillSpec,
	tidarSpec,
	type LayoutSpec
} from '../../../engine/mask/index.ts';
import { FusedExecutor } from '../../../engine/runtime/fused/executor.ts';
import { loadModel, type LoadedModel, type LoadOptions } from '../../../engine/runtime/load.ts';

/** A model of random weights; see its README. */
const base = new URL('/tests/fixtures/tiny-model', location.href);
vi.setConfig({ testTimeout: 400_000 });

const open: LoadedModel[] = [];
async function load(options: Partial<LoadOptions>): Promise<LoadedModel> {
	const model = await loadModel({ base, precision: 'f32', ...options });
	open.push(model);
	return model;
}
afterEach(async () => {
	vi.restoreAllMocks();
	await Promise.all(open.splice(0).map((model) => model.dispose()));
});

/** Every kind of pass: all tile sizes of the products, both of the attention, two cache sizes, a cut cache. */
const plan: readonly [LayoutSpec, keep: number, truncate?: number][] = [
	[prefillSpec(37, 4), 37],
	[arSpec, 1],
	[tidarSpec(1), 1],
	[tidarSpec(2), 2],
	[tidarSpec(3), 1],
	[tidarSpec(4), 3],
	[tidarSpec(8), 8],
	[prefillSpec(210, 0), 210],
	[arSpec, 1],
	[tidarSpec(4), 2],
	[arSpec, 1, 130],
	[tidarSpec(5), 1]
];

/** Logits of all slots, pass by pass. */
async function logitsOf(forward: Forward, passes = plan): Promise<Float32Array[][]> {
	const all: Float32Array[][] = [];
	for (const [spec, keep, truncate] of passes) {
		if (truncate !== undefined) forward.truncate(truncate);
		const slots = layout(spec);
		const tokens = slots.slots.map(({ region, offset }) =>
			region === 'mask'
				? forward.model.mask
				: (40 + 37 * (forward.length + offset)) % forward.model.vocabulary
		);
		const pass = await forward.run({ layout: slots, tokens });
		all.push(await pass.logits(tokens.map((_, slot) => slot)));
		forward.keep(slots.slots.slice(0, keep).map((_, slot) => slot));
	}
	return all;
}

test('the fused kernels compute what WebAssembly computes, in every kind of pass', async () => {
	const cpu = await load({ backend: 'wasm' });
	const wanted = await logitsOf(cpu.forward);
	const run = vi.spyOn(FusedExecutor.prototype, 'run');
	const gpu = await load({ backend: 'webgpu', fast: 'fused' });
	const got = await logitsOf(gpu.forward);
	expect(gpu.reasons).toEqual([]);
	expect(run).toHaveBeenCalledTimes(plan.length);
	wanted.forEach((rows, pass) =>
		rows.forEach((row, slot) => {
			const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
			const error = row.reduce(
				(most, value, i) => Math.max(most, Math.abs(value - got[pass]![slot]![i]!)),
				0
			);
			expect(error / largest, `pass ${pass}, slot ${slot}`).toBeLessThan(1e-4);
		})
	);
});

test('kernels that compute something else are not used, and the reason is given', async () => {
	const plain = await load({ backend: 'webgpu', fast: 'off' });
	const some = plan.slice(0, 3);
	const wanted = await logitsOf(plain.forward, some);
	await plain.dispose();
	const model = await load({ backend: 'webgpu', fast: 'fused' });
	vi.spyOn(FusedExecutor.prototype, 'run').mockImplementation(async function (
		this: FusedExecutor,
		_inputs,
		{ q, r }
	) {
		const { device } = this as unknown as { device: GPUDevice };
		const zeros = (size: number) =>
			device.createBuffer({ size, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.STORAGE });
		return { logits: zeros(r * 512 * 4), fresh: [zeros(q * 96 * 4), zeros(q * 96 * 4)] };
	});
	expect(await logitsOf(model.forward, some)).toEqual(wanted);
	expect(model.reasons.map(({ code }) => code)).toEqual(['no-fused']);
	expect(model.reasons[0]!.message).toMatch(/compute something else/);
});
