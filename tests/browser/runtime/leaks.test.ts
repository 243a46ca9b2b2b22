import { afterEach, expect, test, vi } from 'vitest';
import { decode, settingsSchema, type DecoderName } from '../../../engine/decode/index.ts';
import { loadModel, type LoadedModel } from '../../../engine/runtime/load.ts';
import * as v from 'valibot';

/** A model of random weights; see its README. */
const base = new URL('/tests/fixtures/tiny-model', location.href);
const prompt = [40, 77, 114, 151];

// A software GPU that shares two cores needs minutes for these.
vi.setConfig({ testTimeout: 400_000 });
afterEach(() => void vi.restoreAllMocks());

/** Counts GPU devices, and buffers that were made and neither destroyed nor gone with their device. */
function watch() {
	const devices = new Set<GPUDevice>();
	const buffers = new Map<GPUBuffer, GPUDevice>();
	const { createBuffer, destroy } = GPUDevice.prototype;
	vi.spyOn(GPUDevice.prototype, 'createBuffer').mockImplementation(function (
		this: GPUDevice,
		descriptor: GPUBufferDescriptor
	) {
		const buffer = createBuffer.call(this, descriptor);
		devices.add(this);
		buffers.set(buffer, this);
		return buffer;
	});
	vi.spyOn(GPUDevice.prototype, 'destroy').mockImplementation(function (this: GPUDevice) {
		devices.delete(this);
		for (const [buffer, owner] of buffers) if (owner === this) buffers.delete(buffer);
		return destroy.call(this);
	});
	const free = GPUBuffer.prototype.destroy;
	vi.spyOn(GPUBuffer.prototype, 'destroy').mockImplementation(function (this: GPUBuffer) {
		buffers.delete(this);
		return free.call(this);
	});
	return { devices, buffers };
}

/** Answers until `steps` steps are through, and is then left: by the signal, or by the loop. */
async function leave(
	{ forward, head }: Pick<LoadedModel, 'forward' | 'head'>,
	decoder: DecoderName,
	steps: number,
	how: 'signal' | 'loop'
) {
	forward.truncate(0);
	head?.truncate(0);
	const helpers = { draft: forward, head };
	const controller = new AbortController();
	const settings = v.parse(settingsSchema, { decoder, k: 2, slots: 8, gamma: 2, maxTokens: 40 });
	let seen = 0;
	for await (const _ of decode(forward, prompt, settings, controller.signal, helpers)) {
		if (++seen < steps) continue;
		if (how === 'loop') break;
		controller.abort();
	}
	return seen;
}

const decoders = ['ar', 'lookup', 'block', 'tidar', 'tidar-tree'] as const;

test('however often answers are cut short, no more buffers live; unloaded, none does', async () => {
	const live = watch();
	const model = await loadModel({ base, backend: 'webgpu', precision: 'f32', fast: 'off' });
	/** Every decoder left in the middle of its answer, in both ways. */
	const round = async () => {
		for (const decoder of decoders)
			for (const [how, steps] of [
				['signal', 2],
				['loop', 3]
			] as const)
				expect(await leave(model, decoder, steps, how), decoder).toBe(steps);
	};
	// The first time makes what later ones use again: inputs of a shape, scratch, staging.
	await round();
	const before = live.buffers.size;
	expect(before).toBeGreaterThan(0);
	await round();
	expect(live.buffers.size).toBe(before);
	await model.dispose();
	expect(live.devices.size).toBe(0);
	expect(live.buffers.size).toBe(0);
	await expect(leave(model, 'ar', 1, 'loop')).rejects.toThrow(/unloaded/);
});

test.each([
	['head', 'eagle3'],
	['adapter', 'llada'],
	['adapter', 'dream']
] as const)('the same of a %s: %s', async (name, decoder) => {
	const live = watch();
	const at = (folder: string) => new URL(`/tests/fixtures/beside/${folder}`, location.href);
	const model = await loadModel({
		base: at(name),
		target: at('target'),
		backend: 'webgpu',
		precision: 'f32'
	});
	const round = async () => {
		expect(await leave(model, decoder, 2, 'signal')).toBe(2);
		expect(await leave(model, decoder, 3, 'loop')).toBe(3);
	};
	await round();
	const before = live.buffers.size;
	expect(before).toBeGreaterThan(0);
	await round();
	expect(live.buffers.size).toBe(before);
	await model.dispose();
	expect(live.devices.size).toBe(0);
	expect(live.buffers.size).toBe(0);
});

test('a load that is cancelled when the session begins leaves no device and no buffer', async () => {
	const live = watch();
	const controller = new AbortController();
	const loading = loadModel({
		base,
		backend: 'webgpu',
		precision: 'f32',
		signal: controller.signal,
		onStart: () => controller.abort()
	});
	await expect(loading).rejects.toThrow();
	expect(live.devices.size).toBe(0);
	expect(live.buffers.size).toBe(0);
});
