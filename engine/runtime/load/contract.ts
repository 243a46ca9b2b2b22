import type { DeviceInfo, Head } from '../../decode/index.ts';
import type { Fast } from '../fastest.ts';
import type { RuntimeForward } from '../forward.ts';
import type { Manifest } from '../manifest.ts';
import type { FileOptions, Source } from '../source.ts';
import type { KernelStamps } from '../stamps.ts';

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
