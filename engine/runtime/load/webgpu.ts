import { openDevice, type Gpu } from '../device.ts';
import { RuntimeError } from '../errors.ts';
import { PlainExecutor } from '../executor.ts';
import { fastest, kernelsFor, looksAhead, tapeFor } from '../fastest.ts';
import { loadWebGpu } from '../ort.ts';
import { fasterPrecision } from '../precision.ts';
import { KernelStamps } from '../stamps.ts';
import { WebGpuBackend } from '../webgpu.ts';
import { bring } from './bring.ts';
import type { LoadedModel, LoadOptions, Reason } from './contract.ts';
import { modelOf, shapeOf, versions } from './describe.ts';
import type { Found } from './find.ts';
import { finish } from './finish.ts';
import { createSession, headSessions } from './sessions.ts';

/** @throws RuntimeError; the device is let go of then. */
export async function onWebGpu(
	model: Found,
	options: LoadOptions,
	reasons: Reason[]
): Promise<LoadedModel> {
	const gpu = await openDevice();
	// ONNX Runtime must not have the device yet.
	const tape = model.beside ? undefined : tapeFor(options.fast, gpu);
	try {
		if (gpu.software && options.backend !== 'webgpu') {
			throw new RuntimeError(
				'software-gpu',
				`The browser's only GPU (${gpu.name}) is emulated by the processor, which computes faster by itself: WebAssembly takes a hundredth of the time.`
			);
		}
		const precision = await choosePrecision(gpu, options.precision, reasons);
		const { manifest, beside } = model;
		const half = precision === 'f16';
		// Recordings and fused kernels know the plain model only.
		const kernels = beside ? undefined : kernelsFor(options.fast, gpu, { manifest, half });
		const files = await bring(model, `webgpu-${precision}`, options);
		const ort = await loadWebGpu();
		const provider = { name: 'webgpu', device: gpu.device } as const;
		const session = await createSession(ort, files.model, files.blob, provider, gpu);
		const shape = shapeOf(manifest);
		const plain = new PlainExecutor(ort, session, shape, half ? 'float16' : 'float32');
		const ingredients = { manifest, blob: files.blob, shape, half, tape, kernels };
		const executor = beside
			? plain
			: fastest(plain, gpu, ingredients, (reason) => reasons.push(reason));
		const backend = new WebGpuBackend(
			gpu,
			executor,
			shape,
			precision,
			modelOf(model),
			!beside && looksAhead(options.fast) && !options.stamps,
			beside?.kind === 'eagle3' ? beside.taps.length : 0
		);
		const sessions = files.head && (await headSessions(ort, files.head, files.blob, provider, gpu));
		const stamps = options.stamps ? KernelStamps.install(gpu.device) : undefined;
		const head = sessions && { ort, sessions };
		const loaded = finish(model, files, backend, head, reasons, gpu.lost, {
			backend: 'webgpu',
			precision,
			name: gpu.name,
			versions: versions()
		});
		return { ...loaded, ...(stamps && { stamps }) };
	} catch (error) {
		gpu.device.destroy();
		throw error;
	}
}

async function choosePrecision(
	gpu: Gpu,
	wanted: LoadOptions['precision'] = 'auto',
	reasons: Reason[]
): Promise<'f32' | 'f16'> {
	if (wanted === 'f32') return 'f32';
	if (!gpu.device.features.has('shader-f16')) {
		if (wanted === 'f16') {
			reasons.push({
				code: 'no-shader-f16',
				message: `The GPU (${gpu.name}) does not compute in float16, so float32 is used.`
			});
		}
		return 'f32';
	}
	return wanted === 'f16' ? 'f16' : ((await fasterPrecision(gpu.name)) ?? 'f32');
}
