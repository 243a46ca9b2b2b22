import type { ShapeChoice } from '../decode/bestShape.ts';
import type { DeviceInfo, ModelInfo, Session, Settings } from '../decode/index.ts';
import type { Notice, Progress } from '../runtime/download.ts';
import type { CompanionDecoder } from '../runtime/companions.ts';
import type { LoadOptions, Reason } from '../runtime/load.ts';
import type { Manifest } from '../runtime/manifest.ts';
import type { PrecisionComparison } from '../runtime/precision.ts';
import type { Question, StepEvent } from './chat.ts';
import type { MeasureCalls } from './measure.ts';

/** What a page asks of the worker that holds the model. Addresses are absolute. */
export type DecoderCalls = MeasureCalls & {
	/** How much of the model this browser holds already. */
	stored: { request: { base: string }; event: never; result: { bytes: number; total: number } };
	/** Downloads what is missing and starts the model; cancelling keeps what is complete. */
	load: { request: LoadRequest; event: LoadEvent; result: Loaded };
	/**
	 * Brings a second, smaller model that drafts for the loaded one: speculative decoding needs it. The one that is
	 * there already is kept.
	 */
	assist: { request: { base: string }; event: LoadEvent; result: Session['model'] };
	/**
	 * Brings weights that one decoder has of its own, in place of the loaded model's, which stays: an EAGLE-3 head with its
	 * target, or a diffusion model. `target` is what it rests on. One is kept at a time; that which is there already stays.
	 */
	accompany: {
		request: { decoders: readonly CompanionDecoder[]; base: string; target: string };
		event: LoadEvent;
		result: Session['model'];
	};
	/** Tokens that a prompt would add behind a context, chat format included. */
	count: { request: Question; event: never; result: number };
	/** Answers a prompt, or goes on with an answer; cancelling ends the answer as 'stopped', which is no failure. */
	generate: { request: GenerateRequest; event: GenerateEvent; result: Session };
	/**
	 * How likely the loaded model's AR half finds texts behind a prompt: ln p of each token of each, one causal pass a text
	 * (engine/decode/likelihood.ts). Begins with an empty cache and leaves one.
	 */
	judge: {
		request: { prompt: readonly number[]; answers: readonly (readonly number[])[] };
		event: never;
		result: readonly (readonly number[])[];
	};
	/**
	 * Which k writes most tokens a second on this device: measured, unless it was before. Null where that would take
	 * longer than a few seconds.
	 */
	measure: { request: { again: boolean }; event: never; result: ShapeChoice | null };
	/** Frees the model's memory; what is stored stays. */
	unload: { request: null; event: never; result: null };
	/** Deletes what is stored. */
	remove: { request: { base: string }; event: never; result: null };
	/** Measures float32 against float16 and remembers the faster; the model is unloaded. */
	compare: { request: { base: string }; event: LoadEvent; result: PrecisionComparison };
};

export interface LoadRequest extends Pick<
	LoadOptions,
	'backend' | 'fast' | 'precision' | 'threads'
> {
	readonly base: string;
}

export type LoadEvent =
	| { readonly type: 'progress'; readonly progress: Progress }
	| { readonly type: 'notice'; readonly notice: Notice }
	/** All files are here; the session is being created, which takes seconds. */
	| { readonly type: 'starting' };

export interface Loaded {
	readonly device: DeviceInfo;
	readonly reasons: readonly Reason[];
	readonly model: ModelInfo;
	/** Session.model of what this model says. */
	readonly identity: Session['model'];
	readonly about: Pick<Manifest, 'license' | 'card' | 'evaluation'>;
}

export interface GenerateRequest extends Question {
	readonly settings: Settings;
}

/** A step. `pieces`: those of tokens that occur here for the first time in this answer. */
export interface GenerateEvent extends StepEvent {
	readonly pieces: Readonly<Record<number, string>>;
}
