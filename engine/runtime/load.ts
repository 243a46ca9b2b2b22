import { RuntimeError } from './errors.ts';
import type { LoadedModel, LoadOptions, Reason } from './load/contract.ts';
import { find } from './load/find.ts';
import { onWasm } from './load/wasm.ts';
import { onWebGpu } from './load/webgpu.ts';
import { measureSpeed, rememberPrecision, type PrecisionComparison } from './precision.ts';

export type { LoadedModel, LoadOptions, Reason } from './load/contract.ts';

/**
 * Brings a model here and makes it run. May be called again after any failure, a lost device included.
 * @throws RuntimeError; the signal's reason when aborted.
 */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
	const loaded = await start(options);
	if (!options.signal?.aborted) return loaded;
	// Starting a session cannot be broken off; nobody waits for it any more.
	await loaded.dispose();
	throw options.signal.reason;
}

async function start(options: LoadOptions): Promise<LoadedModel> {
	const { backend = 'auto', signal } = options;
	const model = await find(options);
	const reasons: Reason[] = [];
	if (backend !== 'wasm') {
		try {
			return await onWebGpu(model, options, reasons);
		} catch (error) {
			signal?.throwIfAborted();
			const reason = asReason(error);
			if (backend === 'webgpu' || !reason) throw error;
			reasons.push(reason);
		}
	}
	return onWasm(model, options, reasons);
}

/**
 * Measures the model in float32 and in float16 on this GPU, one after the other, and remembers which is
 * faster for loads to come.
 * @throws RuntimeError; 'no-shader-f16' where there is nothing to compare.
 */
export async function comparePrecisions(
	options: Omit<LoadOptions, 'backend' | 'precision'>
): Promise<PrecisionComparison> {
	const measure = async (precision: 'f32' | 'f16') => {
		const model = await loadModel({ ...options, backend: 'webgpu', precision });
		try {
			const { device } = model;
			if (device.precision !== precision) {
				throw new RuntimeError('no-shader-f16', model.reasons[0]!.message);
			}
			return { device: device.name, speed: await measureSpeed(model.forward) };
		} finally {
			await model.dispose();
		}
	};
	// float16 first: where there is none, nobody waits for float32.
	const f16 = await measure('f16');
	const f32 = await measure('f32');
	const comparison: PrecisionComparison = {
		device: f32.device,
		f32: f32.speed,
		f16: f16.speed,
		faster: f16.speed.tidar < f32.speed.tidar ? 'f16' : 'f32'
	};
	await rememberPrecision(comparison);
	return comparison;
}

/** Why WebGPU does not work, where WebAssembly may; undefined where that would fail as well. */
function asReason(error: unknown): Reason | undefined {
	if (!(error instanceof RuntimeError)) return undefined;
	const { code, message } = error;
	switch (code) {
		case 'no-webgpu':
		case 'no-adapter':
		case 'no-device':
		case 'software-gpu':
		case 'device-lost':
		case 'session':
			return { code, message };
	}
}
