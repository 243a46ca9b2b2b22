import type { DeviceInfo, Head, ModelInfo } from '../decode/index.ts';
import { ExternalData, join } from './assemble.ts';
import type { Backend, Shape } from './backend.ts';
import { openDevice, type Gpu } from './device.ts';
import { Embedding } from './embedding.ts';
import { RuntimeError, messageOf } from './errors.ts';
import { PlainExecutor } from './executor.ts';
import { fastest, looksAhead, tapeFor, type Fast } from './fastest.ts';
import { RuntimeForward, TappedForward } from './forward.ts';
import { SessionHead, type HeadSessions } from './head.ts';
import {
	assetsOf,
	besideAssets,
	checkTarget,
	graphOf,
	headGraphs,
	isBeside,
	type Beside,
	type GraphName,
	type Manifest,
	type Recipe
} from './manifest.ts';
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
	/** The model that it rests on, where it rests on one: an EAGLE-3 head or an adapter. */
	readonly target?: string | URL | Source;
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
	/** EAGLE-3 alone: the head; `forward` is then a TappedForward. */
	readonly head?: Head;
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

async function onWebGpu(
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
		const files = await bring(model, `webgpu-${precision}`, options);
		const ort = await loadWebGpu();
		const provider = { name: 'webgpu', device: gpu.device } as const;
		const session = await createSession(ort, files.model, files.blob, provider, gpu);
		const { manifest, beside } = model;
		const shape = shapeOf(manifest);
		const half = precision === 'f16';
		const plain = new PlainExecutor(ort, session, shape, half ? 'float16' : 'float32');
		// Recordings and fused kernels know the plain model only.
		const executor = beside
			? plain
			: fastest(
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

async function onWasm(model: Found, options: LoadOptions, reasons: Reason[]): Promise<LoadedModel> {
	const files = await bring(model, 'wasm-f32', options);
	const ort = await loadWasm(options.threads ?? threads());
	const provider = { name: 'wasm' } as const;
	const session = await createSession(ort, files.model, files.blob, provider);
	const sessions = files.head && (await headSessions(ort, files.head, files.blob, provider));
	if (!mayUseThreads()) {
		reasons.push({
			code: 'no-threads',
			message:
				'WebAssembly runs on one thread, because the page is not cross-origin isolated. Reload the page once; if that does not help, the server must send the headers COOP and COEP.'
		});
	}
	const never = new Promise<never>(() => {});
	const backend = new WasmBackend(ort, session, shapeOf(model.manifest));
	const head = sessions && { ort, sessions };
	return finish(model, files, backend, head, reasons, never, {
		backend: 'wasm',
		precision: 'f32',
		name: 'CPU',
		threads: ort.env.wasm.numThreads,
		versions: versions()
	});
}

/** What is to be loaded: a model, and what rests on it. */
interface Found {
	readonly source: Source;
	readonly manifest: Manifest;
	/** The folder of what rests on it. */
	readonly own?: Source;
	readonly beside?: Beside;
}

/** Reads the manifests. @throws RuntimeError 'manifest' where the two do not belong together */
async function find({ base, target, signal }: LoadOptions): Promise<Found> {
	const source = asSource(base);
	if (target === undefined) return { source, manifest: await source.manifest(signal) };
	const either = await source.either(signal);
	// A model that stands alone needs no target.
	if (!isBeside(either)) return { source, manifest: either };
	const under = asSource(target);
	const manifest = await under.manifest(signal);
	checkTarget(either, manifest);
	return { source: under, manifest, own: source, beside: either };
}

const asSource = (base: string | URL | Source): Source => (isSource(base) ? base : sourceOf(base));

/** A graph file and what its external data is made of. */
interface GraphBytes {
	readonly bytes: Uint8Array;
	readonly data: Recipe;
}

interface Files {
	readonly model: GraphBytes;
	readonly head?: { readonly fuse: GraphBytes; readonly draft: GraphBytes };
	/** The target's, continued by what rests on it. */
	readonly blob: Uint8Array<ArrayBuffer>;
	readonly tokenizer: string;
}

async function bring(
	{ source, manifest, own, beside }: Found,
	name: GraphName,
	options: LoadOptions
): Promise<Files> {
	const graph = graphOf(manifest, name);
	const files = await source.files(assetsOf(manifest, name), options);
	if (source instanceof WebSource) await source.settle(manifest);
	const more = beside && own && (await own.files(besideAssets(beside, name), options));
	if (beside && own instanceof WebSource) await own.settle(beside);
	options.signal?.throwIfAborted();
	options.onStart?.();
	const parts = manifest.parts.length;
	const weights = files.slice(1, 1 + parts);
	const tokenizer = new TextDecoder().decode(files[1 + parts]);
	if (!beside || !more) {
		const model = { bytes: files[0]!, data: graph.data };
		return { model, blob: join(weights), tokenizer };
	}
	const blob = join([...weights, ...more.slice(-beside.parts.length)]);
	if (beside.kind === 'adapter') {
		const { data } = graphOf(beside, name);
		return { model: { bytes: more[0]!, data }, blob, tokenizer };
	}
	const { taps, fuse, draft } = headGraphs(beside, name);
	return {
		model: { bytes: more[0]!, data: taps.data },
		head: {
			fuse: { bytes: more[1]!, data: fuse.data },
			draft: { bytes: more[2]!, data: draft.data }
		},
		blob,
		tokenizer
	};
}

/** One after the other: see ortQueue. */
async function headSessions(
	ort: typeof Ort,
	{ fuse, draft }: NonNullable<Files['head']>,
	blob: Uint8Array,
	provider: Ort.InferenceSession.ExecutionProviderConfig,
	gpu?: Gpu
): Promise<HeadSessions> {
	const first = await createSession(ort, fuse, blob, provider, gpu, 'cpu');
	return { fuse: first, draft: await createSession(ort, draft, blob, provider, gpu, 'cpu') };
}

async function createSession(
	ort: typeof Ort,
	graph: GraphBytes,
	blob: Uint8Array,
	provider: Ort.InferenceSession.ExecutionProviderConfig,
	gpu?: Gpu,
	/** Where outputs are to lie. */
	outputs: 'gpu-buffer' | 'cpu' = 'gpu-buffer'
): Promise<Ort.InferenceSession> {
	const create = () =>
		ort.InferenceSession.create(graph.bytes, {
			executionProviders: [provider],
			externalData: [{ path: graph.data.file, data: new ExternalData(graph.data, blob) }],
			...(gpu && { preferredOutputLocation: outputs })
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
	model: Found,
	{ blob, tokenizer }: Files,
	backend: Backend,
	onOrt: { readonly ort: typeof Ort; readonly sessions: HeadSessions } | undefined,
	reasons: readonly Reason[],
	lost: Promise<never>,
	device: DeviceInfo
): LoadedModel {
	const { manifest, beside } = model;
	const { values, scales } = manifest.embedding;
	// Copies, so that the rest of the blob, which is on the device now, can be forgotten.
	const embedding = new Embedding(
		blob.slice(values[0], values[0] + values[1]),
		new Uint16Array(blob.slice(scales[0], scales[0] + scales[1]).buffer),
		manifest.architecture.width
	);
	const info = modelOf(model);
	const common = { manifest: identified(manifest, beside), tokenizer, device, reasons, lost };
	if (beside?.kind !== 'eagle3' || !onOrt) {
		const forward = new RuntimeForward(info, backend, embedding);
		return { ...common, forward, dispose: () => forward.dispose() };
	}
	const forward = new TappedForward(info, backend, embedding);
	const { name, vocabulary } = beside;
	const about = { name, vocabulary, shape: shapeOf(manifest), capacity: info.capacity };
	const head = new SessionHead(onOrt.ort, onOrt.sessions, about, embedding);
	return {
		...common,
		forward,
		head,
		dispose: async () => {
			// The forward takes the device with it.
			await head.dispose();
			await forward.dispose();
		}
	};
}

/** The target's manifest under the name of what rests on it: what a session is recorded with. */
const identified = (manifest: Manifest, beside?: Beside): Manifest => {
	if (!beside) return manifest;
	const { name, checkpoint, license, card, evaluation } = beside;
	return { ...manifest, name, checkpoint, license, card, evaluation };
};

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

function modelOf({ manifest, beside }: Found): ModelInfo {
	const { name, architecture, tokens } = manifest;
	const canvas = beside?.kind === 'adapter' ? beside.canvas : manifest.canvas;
	return {
		name: beside?.name ?? name,
		vocabulary: architecture.vocabulary,
		mask: tokens.mask,
		end: tokens.end,
		capacity: Math.min(CAPACITY, architecture.maxPositions),
		...(canvas && { canvas })
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
