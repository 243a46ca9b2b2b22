import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

/**
 * One answer, recorded: enough to draw every step of it without model or tokenizer. Its JSON form is
 * the file that is saved, opened, shipped with the site and printed by the command line.
 */
export interface Session {
	readonly version: 1;
	readonly model: { readonly name: string; readonly weights: string };
	/** The model that drafted, where another one did. */
	readonly draft?: Session['model'];
	readonly prompt: string;
	/** Tokens that were in the cache before the prompt: earlier turns of the chat. */
	readonly context: readonly number[];
	/** Tokens that the prompt added, chat template included; and behind them those of `begun`. */
	readonly promptTokens: readonly number[];
	/** How many of the prompt's tokens, at its end, are an answer that was begun before and goes on here. */
	readonly begun?: number;
	readonly settings: Settings;
	readonly device: DeviceInfo;
	/** ISO 8601. */
	readonly date: string;
	/** The byte-level piece of every token id that occurs, so that replay needs no tokenizer. */
	readonly pieces: Readonly<Record<number, string>>;
	readonly steps: readonly Step[];
	readonly ending: Ending;
	/** The whole answer, with what was begun before. */
	readonly text: string;
}

export interface DeviceInfo {
	readonly backend: 'webgpu' | 'wasm';
	readonly precision: 'f32' | 'f16';
	/** As the device names itself, for example 'nvidia hopper' or 'SwiftShader'. */
	readonly name: string;
	readonly threads?: number;
	/** Versions of what ran, for example { 'onnxruntime-web': '1.30.0' }. */
	readonly versions: Readonly<Record<string, string>>;
}

/** A session less what can be read off its steps. */
export type Recording = Omit<Session, 'version' | 'pieces'>;

/**
 * Makes a session of a recording: adds the piece of every token that occurs anywhere in it.
 * @param piece the byte-level piece of a token id
 */
export function session(recording: Recording, piece: (token: number) => string): Session {
	const tokens = new Set([...recording.context, ...recording.promptTokens]);
	for (const step of recording.steps) for (const token of tokensOf(step)) tokens.add(token);
	const pieces = Object.fromEntries(Array.from(tokens, (token) => [token, piece(token)]));
	return { version: 1, ...recording, pieces };
}

/** The same session less what its passes predicted, which is most of its bytes: enough for its text and its clock. */
export function withoutPredictions(whole: Session): Session {
	const { version: _, pieces, ...recording } = whole;
	const steps = whole.steps.map((step) => ({ ...step, predictions: step.tokens.map(() => null) }));
	return session({ ...recording, steps }, (token) => pieces[token] ?? '');
}

/** Tokens of the answer that the session's own steps wrote. */
export const answerOf = ({ steps }: Pick<Session, 'steps'>): number[] =>
	steps.flatMap(({ emitted }) => emitted);

/** Tokens of an answer that was begun before this session; it goes on from them. */
export const begunOf = ({ promptTokens, begun = 0 }: Session): readonly number[] =>
	promptTokens.slice(promptTokens.length - begun);

/** Where an answer goes on: a prompt's tokens with the answer so far behind them. */
export type Resumption = Required<Pick<Session, 'promptTokens' | 'begun'>>;

/** What it takes to go on behind step `index` of a session, in whatever way. */
export function resumptionAt(
	{ promptTokens, begun = 0, steps }: Session,
	index: number
): Resumption {
	const written = answerOf({ steps: steps.slice(0, index + 1) });
	return { promptTokens: [...promptTokens, ...written], begun: begun + written.length };
}

/** Every token that a step mentions, once each. */
export function tokensOf({ tokens, predictions, next, canvas, emitted }: Step): number[] {
	const mentioned = new Set([...tokens, ...emitted, ...(next?.drafts ?? [])]);
	for (const { token } of canvas?.unmasked ?? []) mentioned.add(token);
	if (next?.instead !== undefined) mentioned.add(next.instead);
	for (const prediction of predictions)
		for (const token of prediction?.tokens ?? []) mentioned.add(token);
	return [...mentioned];
}
