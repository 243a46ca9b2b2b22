import {
	decode,
	session,
	type DeviceInfo,
	type Forward,
	type Head,
	type Resumption,
	type Session,
	type Settings,
	type Step
} from '../decode/index.ts';
import { layout, prefillSpec } from '../mask/index.ts';
import { ProtocolError } from './failure.ts';

/** What a chat needs of a tokenizer; engine/tokenizer has it. */
export interface Language {
	encodeChat(message: string, where: { first: boolean; ended?: boolean }): number[];
	/** The byte-level piece of a token. */
	piece(token: number): string;
	/** Whether a token marks structure and is no text. */
	isSpecial(token: number): boolean;
	/** Joins pieces to text that is whole at any time. */
	stream(): { push(piece: string): string; end(): string };
}

/** Who answers, as sessions name it. */
export interface Identity {
	readonly model: Session['model'];
	readonly device: DeviceInfo;
}

/** What is to be answered. */
export interface Question {
	readonly prompt: string;
	/** The tokens of the chat so far. Empty for a new chat. */
	readonly context: readonly number[];
	/** Go on with this answer to the prompt instead of beginning one. */
	readonly resume?: Resumption;
}

/** A second model that drafts, for decoders that want one. Same tokenizer. */
export interface Assistant {
	readonly forward: Forward;
	readonly identity: Session['model'];
}

/** A step as it happens. */
export interface StepEvent {
	readonly step: Step;
	/** What the step adds to the answer's text. */
	readonly text: string;
}

/**
 * Answers prompts on one Forward, each on top of a context: the tokens of the chat so far, which the page
 * keeps. What a context shares with the cache is not computed again, so a new prompt costs only itself,
 * and any earlier point can be gone back to, or gone on from in another way.
 */
export class Chat {
	/** Tokens whose keys and values are in the cache. */
	#cached: number[] = [];
	/** The assistant of the last answer, and the tokens whose keys and values are in its cache. */
	#assisted: { forward: Forward; cached: number[] } | undefined;

	constructor(
		private readonly forward: Forward,
		private readonly language: Language,
		private readonly identity: Identity,
		/** EAGLE-3: who drafts. It reads each answer's prompt anew. */
		private readonly head?: Head
	) {
		forward.truncate(0);
	}

	/** Empties the cache. */
	clear(): void {
		this.forward.truncate(0);
		this.#cached = [];
	}

	/** Tokens in the cache. */
	get cached(): readonly number[] {
		return this.#cached;
	}

	/** Tokens that a prompt adds, chat format included; `context` is a chat's first prompt where empty. */
	encode(prompt: string, context: readonly number[]): number[] {
		const first = context.length === 0;
		return this.language.encodeChat(prompt, {
			first,
			ended: context.at(-1) === this.forward.model.end
		});
	}

	/**
	 * The prompt's tokens, checked before anything is changed.
	 * @throws ProtocolError 'empty-prompt' or 'prompt-too-long'
	 */
	open({ prompt, context, resume }: Question): readonly number[] {
		if (prompt.trim() === '' && !resume) {
			throw new ProtocolError('empty-prompt', 'The prompt is empty. Type a question first.');
		}
		const tokens = resume?.promptTokens ?? this.encode(prompt, context);
		const { capacity } = this.forward.model;
		if (tokens.length >= capacity - context.length) {
			const first = context.length === 0;
			const cause = first ? '' : `, of which the chat so far takes ${context.length}`;
			throw new ProtocolError(
				'prompt-too-long',
				`The prompt has ${tokens.length} tokens, but the model remembers ${capacity}${cause}. Shorten it${first ? '' : ' or start a new chat'}.`
			);
		}
		return tokens;
	}

	/** The assistant's cache; begins empty. */
	#assistedBy({ forward }: Assistant): { forward: Forward; cached: number[] } {
		if (this.#assisted?.forward !== forward) {
			forward.truncate(0);
			this.#assisted = { forward, cached: [] };
		}
		return this.#assisted!;
	}

	/**
	 * Answers a prompt, one event a pass, and returns the recorded session. However it ends (by itself,
	 * by the signal, by an error or because nobody reads on), the cache holds what was emitted until then, and the
	 * assistant's the context.
	 * @throws as `open`; what the decoder throws.
	 */
	async *answer(
		question: Question,
		settings: Settings,
		signal?: AbortSignal,
		assistant?: Assistant
	): AsyncGenerator<StepEvent, Session> {
		const { prompt, resume } = question;
		const { forward, language, head } = this;
		// Where a prompt sees the canvas, nothing before it can be cached: the chat so far is part of it.
		const whole = forward.model.canvas !== undefined;
		const asked = this.open(question);
		const promptTokens = whole ? [...question.context, ...asked] : asked;
		const context = whole ? [] : question.context;
		await settle(forward, this.#cached, context);
		const assisted = assistant && this.#assistedBy(assistant);
		if (assisted) await settle(assisted.forward, assisted.cached, context);
		head?.truncate(0);
		const steps: Step[] = [];
		const stream = language.stream();
		const textOf = (tokens: readonly number[]) =>
			tokens
				.filter((token) => !language.isSpecial(token))
				.map((token) => stream.push(language.piece(token)))
				.join('');
		let text = textOf(promptTokens.slice(promptTokens.length - (resume?.begun ?? 0)));
		const decoder = decode(forward, promptTokens, settings, signal, {
			draft: assisted?.forward,
			head
		});
		try {
			let result = await decoder.next();
			for (; !result.done; result = await decoder.next()) {
				const step = result.value;
				steps.push(step);
				const added = textOf(step.emitted);
				text += added;
				yield { step, text: added };
			}
			text += stream.end();
			const recording = {
				...this.identity,
				...(assistant && { draft: assistant.identity }),
				prompt,
				context,
				promptTokens,
				...(resume && { begun: resume.begun }),
				settings,
				date: new Date().toISOString(),
				steps,
				ending: result.value,
				text
			};
			return session(recording, (token) => language.piece(token));
		} finally {
			if (steps.length > 0) {
				this.#cached.push(...promptTokens, ...steps.flatMap(({ emitted }) => emitted));
			}
			// A pass that came to nobody's eyes leaves no trace.
			forward.truncate(Math.min(forward.length, this.#cached.length));
			this.#cached.length = forward.length;
			if (assisted) {
				assisted.forward.truncate(Math.min(assisted.forward.length, context.length));
				assisted.cached.length = assisted.forward.length;
			}
		}
	}
}

/** Makes a cache hold exactly the context: what it shares with it stays, the rest is computed. */
async function settle(
	forward: Forward,
	cached: number[],
	context: readonly number[]
): Promise<void> {
	let shared = 0;
	while (shared < context.length && cached[shared] === context[shared]) shared++;
	forward.truncate(shared);
	cached.length = shared;
	const missing = context.slice(shared);
	if (missing.length === 0) return;
	await forward.run({
		layout: layout(prefillSpec(missing.length, 0)),
		tokens: missing,
		predict: []
	});
	forward.keep(missing.map((_, slot) => slot));
	cached.push(...missing);
}
