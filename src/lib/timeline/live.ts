import type { Failure } from '$engine/protocol/failure.ts';
import type { LiveRun, RunDecoder } from '$engine/timeline/index.ts';

/** On what the visitor's run is to be timed. */
export const liveBackends = ['auto', 'webgpu', 'wasm'] as const;
export type LiveBackend = (typeof liveBackends)[number];

/** What the worker is asked: how much of the model is here; or to write an answer with each decoder and time it. */
export type LiveRequest =
	| { readonly kind: 'look'; readonly base: string }
	| {
			readonly kind: 'run';
			readonly base: string;
			readonly backend: LiveBackend;
			readonly prompt: string;
			/** That each decoder writes at most. */
			readonly tokens: number;
	  };

/** What it says. `done` of `of` passes count what is about to be shown. */
export type LiveEvent =
	| { readonly kind: 'found'; readonly bytes: number; readonly total: number }
	| { readonly kind: 'files'; readonly done: number; readonly total: number }
	| { readonly kind: 'starting' }
	| { readonly kind: 'writing'; readonly decoder: RunDecoder; readonly tokens: number }
	| { readonly kind: 'runs'; readonly runs: readonly TimedRun[] }
	| { readonly kind: 'failed'; readonly failure: Failure };

export interface TimedRun {
	readonly decoder: RunDecoder;
	readonly run: LiveRun;
}
