import { afterEach, describe, expect, test } from 'vitest';
import type { Forward, Pass } from '../../../engine/decode/index.ts';
import {
	arSpec,
	layout,
	prefillSpec,
	tidarSpec,
	type LayoutSpec
} from '../../../engine/mask/index.ts';
import { openDevice } from '../../../engine/runtime/device.ts';
import { loadModel, type LoadedModel, type LoadOptions } from '../../../engine/runtime/load.ts';

/** Random weights, see its README. The real model on this GPU: tests/e2e/webgpu.test.ts. */
const tiny = new URL('/tests/fixtures/tiny-model', location.href);

const open: LoadedModel[] = [];
async function load(options: LoadOptions): Promise<LoadedModel> {
	const model = await loadModel({ precision: 'f32', ...options });
	open.push(model);
	return model;
}
afterEach(async () => {
	await Promise.all(open.splice(0).map((model) => model.dispose()));
});

interface Result {
	readonly pass: Pass;
	readonly logits: Float32Array[];
}

/** One pass with made-up tokens; its first `keep` slots are kept. */
async function step(forward: Forward, spec: LayoutSpec, keep: number): Promise<Result> {
	const plan = layout(spec);
	const { mask, vocabulary } = forward.model;
	const tokens = plan.slots.map(({ region, offset }) =>
		region === 'mask' ? mask : (40 + 37 * (forward.length + offset)) % vocabulary
	);
	const pass = await forward.run({ layout: plan, tokens });
	const logits = await pass.logits(tokens.map((_, slot) => slot));
	forward.keep(plan.slots.slice(0, keep).map((_, slot) => slot));
	return { pass, logits };
}

/** Both compute the same: every logit to 1e-3 of its row's largest, and the same likeliest token. */
function expectSame(one: Result, other: Result): void {
	one.logits.forEach((row, slot) => {
		let largest = 0;
		let error = 0;
		row.forEach((logit, id) => {
			largest = Math.max(largest, Math.abs(logit));
			error = Math.max(error, Math.abs(logit - other.logits[slot]![id]!));
		});
		expect(error / largest, `slot ${slot}`).toBeLessThan(1e-3);
	});
	const likeliest = ({ pass }: Result) => pass.predictions.map((found) => found!.tokens[0]);
	expect(likeliest(one)).toEqual(likeliest(other));
	one.pass.predictions.forEach((found, slot) => {
		const wanted = other.pass.predictions[slot]!.probabilities;
		found!.probabilities.forEach((p, place) => expect(p).toBeCloseTo(wanted[place]!, 3));
	});
}

describe('WebGPU computes what WebAssembly computes', () => {
	test('random weights: a prefill and steps, while the cache grows past 256 and is cut back', async () => {
		const gpu = await load({ base: tiny, backend: 'webgpu' });
		const cpu = await load({ base: tiny, backend: 'wasm' });
		const plan: [LayoutSpec, number][] = [
			[prefillSpec(250, 8), 250],
			[tidarSpec(8), 5],
			[arSpec, 1],
			[tidarSpec(4), 4],
			[tidarSpec(8), 8],
			[tidarSpec(1), 1]
		];
		for (const [spec, keep] of plan) {
			expectSame(await step(gpu.forward, spec, keep), await step(cpu.forward, spec, keep));
		}
		for (const { forward } of [gpu, cpu]) forward.truncate(123);
		expectSame(await step(gpu.forward, tidarSpec(8), 3), await step(cpu.forward, tidarSpec(8), 3));
		expect(gpu.forward.length).toBe(126);
	});
});

describe('a WebGPU model', () => {
	test('says where it runs and how long it took, refuses logits of a pass that is over, and everything once it was disposed', async () => {
		const { device, forward, reasons, dispose } = await load({ base: tiny, backend: 'webgpu' });
		expect(device).toMatchObject({ backend: 'webgpu', precision: 'f32' });
		expect(device.name).not.toBe('');
		expect(reasons).toEqual([]);
		const { pass } = await step(forward, arSpec, 1);
		const { times } = pass;
		expect(times.total).toBeGreaterThan(0);
		expect(times.encode! + times.readback!).toBeLessThanOrEqual(times.total + 0.1);
		await step(forward, arSpec, 1);
		await expect(pass.logits([0])).rejects.toThrow(/another pass ran/);
		await dispose();
		await expect(step(forward, arSpec, 1)).rejects.toMatchObject({ code: 'disposed' });
	});
});

describe('a lost device', () => {
	test('fails the pass with a sentence, and the model can be loaded again', async () => {
		const devices: GPUDevice[] = [];
		const { requestDevice } = GPUAdapter.prototype;
		GPUAdapter.prototype.requestDevice = async function (descriptor) {
			const device = await requestDevice.call(this, descriptor);
			devices.push(device);
			return device;
		};
		try {
			const model = await load({ base: tiny, backend: 'webgpu' });
			await step(model.forward, arSpec, 1);
			devices[0]!.destroy();
			await expect(step(model.forward, arSpec, 1)).rejects.toMatchObject({
				code: 'device-lost',
				message: expect.stringMatching(/was lost.*Load the model again/)
			});
			await expect(model.lost).rejects.toMatchObject({ code: 'device-lost' });
			const again = await load({ base: tiny, backend: 'webgpu' });
			await step(again.forward, tidarSpec(2), 1);
		} finally {
			GPUAdapter.prototype.requestDevice = requestDevice;
		}
	});
});

describe('the choice of a backend', () => {
	test('a software GPU is left alone unless it is asked for, and the reason is given', async () => {
		const { device } = await openDevice();
		device.destroy();
		const model = await load({ base: tiny });
		expect(model.device).toMatchObject({ backend: 'wasm', precision: 'f32', name: 'CPU' });
		expect(model.device.threads).toBeGreaterThan(0);
		expect(model.reasons.map(({ code }) => code)).toEqual(['software-gpu']);
	});

	test.each([
		['no-adapter', { requestAdapter: async () => null }],
		[
			'no-device',
			{
				requestAdapter: async () => ({
					info: { vendor: 'acme', architecture: 'one', description: '' },
					features: new Set(),
					limits: {},
					requestDevice: async () => {
						throw new Error('out of devices');
					}
				})
			}
		],
		['no-webgpu', undefined]
	])('%s falls back to WebAssembly, or fails where WebGPU was asked for', async (code, gpu) => {
		Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
		try {
			const model = await load({ base: tiny });
			expect(model.device.backend).toBe('wasm');
			expect(model.reasons.map((reason) => reason.code)).toEqual([code]);
			await step(model.forward, tidarSpec(2), 1);
			await expect(load({ base: tiny, backend: 'webgpu' })).rejects.toMatchObject({ code });
		} finally {
			delete (navigator as { gpu?: unknown }).gpu;
		}
	});

	test('float16 without shader-f16 becomes float32, with a reason', async () => {
		const { device } = await openDevice();
		const half = device.features.has('shader-f16');
		device.destroy();
		const model = await load({ base: tiny, backend: 'webgpu', precision: 'f16' });
		expect(model.device.precision).toBe(half ? 'f16' : 'f32');
		expect(model.reasons.map(({ code }) => code)).toEqual(half ? [] : ['no-shader-f16']);
	});
});
