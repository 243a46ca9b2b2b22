import type { DeviceInfo, ModelInfo } from '../decode/index.ts';
import { ExternalData, join } from './assemble.ts';
import type { Backend, Shape } from './backend.ts';
import { openDevice, type Gpu } from './device.ts';
import { Embedding } from './embedding.ts';
import { RuntimeError, messageOf } from './errors.ts';
import { PlainExecutor } from './executor.ts';
import { fastest, looksAhead, tapeFor, type Fast } from './fastest.ts';
import { RuntimeForward } from './forward.ts';
import { assetsOf, graphOf, type Asset, type Graph, type Manifest } from './manifest.ts';
import {
	loadWasm,
	loadWebGpu,
	mayUseThreads,
	ORT_VERSION,
	ortQueue,
	threads,
	type Ort
} from './ort.ts';
import {
	fasterPrecision,
	measureSpeed,
	rememberPrecision,
	type PrecisionComparison
} from './precision.ts';
import { sourceOf, WebSource, type FileOptions, type Source } from './source.ts';
import { KernelStamps } from './stamps.ts';
import { WasmBackend } from './wasm.ts';
import { WebGpuBackend } from './webgpu.ts';

/** Positions that the cache may grow to. */
const CAPACITY = 2048;

export interface LoadOptions extends FileOptions {
	/** The model's folder: an address, a path in Node, or a source made before. */
	readonly base: string | URL | Source;
	/** auto (the default): WebGPU where it works on a real GPU, else WebAssembly. */
	readonly backend?: 'auto' | 'webgpu' | 'wasm';
	/** auto (the default): float16 where it was measured to be faster on this device, else float32. */
	readonly precision?: 'auto' | 'f32' | 'f16';
	/** Threads of WebAssembly; all cores, at most 8, where absent. */
	readonly threads?: number;
	/** How passes are run, WebGPU only. */
	readonly fast?: Fast;
	/** Make it possible to time each kernel (`LoadedModel.stamps`); then no pass runs ahead. WebGPU only. */
	readonly stamps?: boolean;
	/** Called when the files are here and the session is being created, which takes seconds. */
	readonly onStart?: () => void;
}

/** Why the model does not run in the fastest way there is. A page has its own words for each code. */
export interface Reason {
	readonly code:
		| 'no-webgpu'
		| 'no-adapter'
		| 'no-device'
		| 'software-gpu'
		| 'device-lost'
		| 'session'
		| 'no-threads'
		| 'no-shader-f16'
		| 'no-replay'
		| 'no-fused';
	readonly message: string;
}

export interface LoadedModel {
	readonly forward: RuntimeForward;
	readonly manifest: Manifest;
	/** Text of tokenizer.json. */
	readonly tokenizer: string;
	readonly device: DeviceInfo;
	/** Empty where nothing had to be given up. 'no-replay' and 'no-fused' are found out, and added, while decoding. */
	readonly reasons: readonly Reason[];
	/** Rejects with a sentence when the device fails; never resolves. */
	readonly lost: Promise<never>;
	/** Where asked for, and the device has timestamps. */
	readonly stamps?: KernelStamps;
	dispose(): Promise<void>;
}

/**
 * Brings a model here and makes it run. May be called again after any failure, a lost device included.
 * @throws RuntimeError; the signal's reason when aborted.
 */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
	const { backend = 'auto', signal } = options;
	const source = isSource(options.base) ? options.base : sourceOf(options.base);
	const manifest = await source.manifest(signal);
	const reasons: Reason[] = [];
	if (backend !== 'wasm') {
		try {
			return await onWebGpu(source, manifest, options, reasons);
		} catch (error) {
			signal?.throwIfAborted();
			const reason = asReason(error);
			if (backend === 'webgpu' || !reason) throw error;
			reasons.push(reason);
		}
	}
	return onWasm(source, manifest, options, reasons);
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

async function onWebGpu(
	source: Source,
	manifest: Manifest,
	options: LoadOptions,
	reasons: Reason[]
): Promise<LoadedModel> {
	const gpu = await openDevice();
	// ONNX Runtime must not have the device yet.
	const tape = tapeFor(options.fast, gpu);
	try {
		if (gpu.software && options.backend !== 'webgpu') {
			throw new RuntimeError(
				'software-gpu',
				`The browser's only GPU (${gpu.name}) is emulated by the processor, which computes faster by itself: WebAssembly takes a hundredth of the time.`
			);
		}
		const precision = await choosePrecision(gpu, options.precision, reasons);
		const graph = graphOf(manifest, `webgpu-${precision}`);
		const files = await bring(source, manifest, graph, options);
		const ort = await loadWebGpu();
		const session = await createSession(
			ort,
			graph,
			files,
			{ name: 'webgpu', device: gpu.device },
			gpu
		);
		const shape = shapeOf(manifest);
		const half = precision === 'f16';
		const plain = new PlainExecutor(ort, session, shape, half ? 'float16' : 'float32');
		const executor = fastest(
			plain,
			gpu,
			{ manifest, blob: files.blob, shape, half, tape },
			options.fast,
			(reason) => reasons.push(reason)
		);
		const backend = new WebGpuBackend(
			gpu,
			executor,
			shape,
			precision,
			modelOf(manifest),
			looksAhead(options.fast) && !options.stamps
		);
		const stamps = options.stamps ? KernelStamps.install(gpu.device) : undefined;
		const model = finish(manifest, files, backend, reasons, gpu.lost, {
			backend: 'webgpu',
			precision,
			name: gpu.name,
			versions: versions()
		});
		return { ...model, ...(stamps && { stamps }) };
	} catch (error) {
		gpu.device.destroy();
		throw error;
	}
}

async function onWasm(
	source: Source,
	manifest: Manifest,
	options: LoadOptions,
	reasons: Reason[]
): Promise<LoadedModel> {
	const graph = graphOf(manifest, 'wasm-f32');
	const files = await bring(source, manifest, graph, options);
	const ort = await loadWasm(options.threads ?? threads());
	const session = await createSession(ort, graph, files, { name: 'wasm' });
	if (!mayUseThreads()) {
		reasons.push({
			code: 'no-threads',
			message:
				'WebAssembly runs on one thread, because the page is not cross-origin isolated. Reload the page once; if that does not help, the server must send the headers COOP and COEP.'
		});
	}
	const never = new Promise<never>(() => {});
	return finish(manifest, files, new WasmBackend(ort, session, shapeOf(manifest)), reasons, never, {
		backend: 'wasm',
		precision: 'f32',
		name: 'CPU',
		threads: ort.env.wasm.numThreads,
		versions: versions()
	});
}

interface Files {
	readonly graph: Uint8Array;
	readonly blob: Uint8Array<ArrayBuffer>;
	readonly tokenizer: string;
}

async function bring(
	source: Source,
	manifest: Manifest,
	graph: Graph,
	options: LoadOptions
): Promise<Files> {
	const assets: Asset[] = assetsOf(manifest, graph.name);
	const files = await source.files(assets, options);
	if (source instanceof WebSource) await source.settle(manifest);
	options.signal?.throwIfAborted();
	options.onStart?.();
	const parts = manifest.parts.length;
	return {
		graph: files[0]!,
		blob: join(files.slice(1, 1 + parts)),
		tokenizer: new TextDecoder().decode(files[1 + parts])
	};
}

async function createSession(
	ort: typeof Ort,
	graph: Graph,
	{ graph: bytes, blob }: Files,
	provider: Ort.InferenceSession.ExecutionProviderConfig,
	gpu?: Gpu
): Promise<Ort.InferenceSession> {
	const create = () =>
		ort.InferenceSession.create(bytes, {
			executionProviders: [provider],
			externalData: [{ path: graph.data.file, data: new ExternalData(graph.data, blob) }],
			...(gpu && { preferredOutputLocation: 'gpu-buffer' })
		});
	try {
		return await ortQueue.run(() => (gpu ? Promise.race([create(), gpu.lost]) : create()));
	} catch (cause) {
		if (cause instanceof RuntimeError) throw cause;
		throw new RuntimeError(
			'session',
			gpu
				? `The model does not start on the GPU (${gpu.name}): ${messageOf(cause)}.`
				: `The model does not start in WebAssembly: ${messageOf(cause)}. It needs about 1.2 GB of memory; close other pages and try again.`,
			{ cause }
		);
	}
}

function finish(
	manifest: Manifest,
	{ blob, tokenizer }: Files,
	backend: Backend,
	reasons: readonly Reason[],
	lost: Promise<never>,
	device: DeviceInfo
): LoadedModel {
	const { values, scales } = manifest.embedding;
	// Copies, so that the rest of the blob, which is on the device now, can be forgotten.
	const embedding = new Embedding(
		blob.slice(values[0], values[0] + values[1]),
		new Uint16Array(blob.slice(scales[0], scales[0] + scales[1]).buffer),
		manifest.architecture.width
	);
	const forward = new RuntimeForward(modelOf(manifest), backend, embedding);
	return { forward, manifest, tokenizer, device, reasons, lost, dispose: () => forward.dispose() };
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

function modelOf({ name, architecture, tokens }: Manifest): ModelInfo {
	return {
		name,
		vocabulary: architecture.vocabulary,
		mask: tokens.mask,
		end: tokens.end,
		capacity: Math.min(CAPACITY, architecture.maxPositions)
	};
}

function shapeOf({ architecture: a }: Manifest): Shape {
	return {
		layers: a.layers,
		width: a.width,
		kvHeads: a.kvHeads,
		headSize: a.headSize,
		groups: a.heads / a.kvHeads,
		vocabulary: a.vocabulary
	};
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

/** What ran, beside the model. */
function versions(): Record<string, string> {
	const ort = { 'onnxruntime-web': ORT_VERSION };
	if (
		typeof navigator === 'undefined' ||
		!navigator.userAgent ||
		/^Node/.test(navigator.userAgent)
	) {
		return { ...ort, node: process.versions.node };
	}
	const browser = /(Edg|Chrome|Firefox|Version)\/([\d.]+)/.exec(navigator.userAgent);
	if (!browser) return ort;
	const name = { Edg: 'edge', Chrome: 'chromium', Firefox: 'firefox', Version: 'safari' }[
		browser[1]!
	]!;
	return { ...ort, [name]: browser[2]! };
}

const isSource = (base: LoadOptions['base']): base is Source =>
	typeof base === 'object' && 'manifest' in base;
