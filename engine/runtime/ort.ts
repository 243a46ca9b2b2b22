import type * as Ort from 'onnxruntime-web';
import { inNode } from './node.ts';
import { Serial } from './serial.ts';

export { inNode };

export type { Ort };
export type OrtModule = typeof Ort;

/** Version of onnxruntime-web that this code was written against; package.json pins it. */
export const ORT_VERSION = '1.30.0';

/**
 * ONNX Runtime Web is a single global machine: session creation and runs must never overlap, not even of
 * different sessions (Chromium crashes). Everything that calls it goes through here.
 */
export const ortQueue = new Serial();

/**
 * Whether WebAssembly may use threads: a page needs cross-origin isolation for the shared memory.
 */
export const mayUseThreads = (): boolean => inNode || globalThis.crossOriginIsolated === true;

/** Threads for the WebAssembly backend: one a core, at most 8; more of them wait for each other. */
export function threads(): number {
	if (!mayUseThreads()) return 1;
	const cores = inNode
		? process.getBuiltinModule('node:os').availableParallelism()
		: navigator.hardwareConcurrency;
	return Math.max(1, Math.min(8, cores || 1));
}

/**
 * The bundle with the WebAssembly backend alone (3.7 MB compressed). The import is dynamic because with
 * a static one the threads, which ORT starts from the file that imported it, would run our worker again.
 */
export async function loadWasm(numThreads: number): Promise<OrtModule> {
	// The name is hidden from bundlers: they would add Node's bundle, and its 28 MB, to the site.
	const node = 'onnxruntime-web';
	const ort: OrtModule = inNode
		? await import(/* @vite-ignore */ node)
		: await import('onnxruntime-web/wasm');
	// Only the first session's number counts: threads start once.
	ort.env.wasm.numThreads = started ??= numThreads;
	ort.env.logLevel = 'error';
	return ort;
}

let started: number | undefined;

/**
 * A bundle with the WebGPU backend: 4.1 MB compressed where WebAssembly can suspend itself (JSPI), else
 * the one that emulates that (6.7 MB).
 */
export async function loadWebGpu(): Promise<OrtModule> {
	const ort: OrtModule =
		'Suspending' in WebAssembly
			? await import('onnxruntime-web/jspi')
			: await import('onnxruntime-web/webgpu');
	ort.env.wasm.numThreads = 1;
	ort.env.logLevel = 'error';
	return ort;
}
