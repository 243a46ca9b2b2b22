import { begunOf, type Session, type Step } from '$engine/decode/index.ts';
import type { GenerateEvent, GenerateRequest, Loaded } from '$engine/protocol/messages.ts';
import { textOf } from '$lib/decode/text.ts';

/**
 * A session while it is being written. Steps may come faster than anybody can look: taking one in costs the same
 * however many there are, and a session is made only when it is asked for.
 */
export class GrowingSession {
	readonly #start: Session;
	readonly #steps: Step[] = [];
	readonly #pieces: Record<number, string>;
	#text: string;

	/** @param known pieces of the tokens in the context, and of an answer that goes on. */
	constructor(
		{ identity, device }: Loaded,
		{ prompt, settings, context, resume }: GenerateRequest,
		known: Session['pieces'] = {}
	) {
		this.#start = {
			version: 1,
			model: identity,
			prompt,
			context,
			promptTokens: [],
			...resume,
			settings,
			device,
			date: new Date().toISOString(),
			pieces: known,
			steps: this.#steps,
			ending: 'stopped',
			text: ''
		};
		this.#pieces = { ...known };
		this.#text = textOf(this.#start, begunOf(this.#start));
	}

	get steps(): number {
		return this.#steps.length;
	}

	push({ step, text, pieces }: GenerateEvent): void {
		this.#steps.push(step);
		this.#text += text;
		Object.assign(this.#pieces, pieces);
	}

	/** The session as one that was stopped here: whoever draws it need not know that more will come. */
	snapshot(): Session {
		const [first] = this.#steps;
		return {
			...this.#start,
			promptTokens: first?.tokens.slice(0, first.layout.prompt) ?? this.#start.promptTokens,
			pieces: { ...this.#pieces },
			steps: [...this.#steps],
			text: this.#text
		};
	}
}

/** All that is in the cache when a session's answer is complete: the context of the next turn. */
export const contextAfter = ({ context, promptTokens, steps }: Session): number[] => [
	...context,
	...promptTokens,
	...steps.flatMap(({ emitted }) => emitted)
];

/** Calls `paint` before the browser next draws, once however often it is asked to. */
export function perFrame(paint: () => void): { ask(): void; cancel(): void } {
	let asked: number | undefined;
	return {
		ask() {
			asked ??= requestAnimationFrame(() => {
				asked = undefined;
				paint();
			});
		},
		cancel() {
			if (asked !== undefined) cancelAnimationFrame(asked);
			asked = undefined;
		}
	};
}
