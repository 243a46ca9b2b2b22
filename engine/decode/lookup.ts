import type { Forward } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';
import { verified, type Drafter } from './verified.ts';

/** The longest run of tokens at the text's end that is looked for. */
const LONGEST = 3;

/**
 * Prompt lookup decoding (Saxena 2023, github.com/apoorvumang/prompt-lookup-decoding): the free baseline. It needs no
 * second model, no head and no training: where the last few tokens occurred before, in the prompt or in the answer,
 * what followed them there is the draft. Summaries, code and answers that quote the question repeat themselves enough to
 * gain; other text gains little and loses little, because slots are nearly free.
 *
 * Of the runs of 3, 2 and 1 tokens at the end, the longest that occurred before is taken, at its latest occurrence.
 * A drafted token is certain to its drafter: its q is one-hot, so Leviathan's rule accepts it with probability
 * p(x), and after a rejection draws from p without x. Exact like the others (verified.ts).
 */
export function lookup(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { vocabulary } = forward.model;
	const drafter: Drafter = {
		// A look into the text is no pass: nothing to yield.
		// eslint-disable-next-line require-yield
		async *propose(text, count) {
			return continuation(text, count).map((token) => {
				if (settings.temperature === 0) return { token, probability: 1 };
				const drawnFrom = new Float64Array(vocabulary);
				drawnFrom[token] = 1;
				return { token, probability: 1, drawnFrom };
			});
		}
	};
	return verified(forward, drafter, prompt, settings, signal);
}

/** Up to `count` tokens that followed the latest earlier occurrence of the text's end; none where it is new. */
export function continuation(text: readonly number[], count: number): readonly number[] {
	for (let length = Math.min(LONGEST, text.length - 1); length > 0; length--) {
		const end = text.length - length;
		for (let at = end - 1; at >= 0; at--) {
			let same = 0;
			while (same < length && text[at + same] === text[end + same]) same++;
			if (same === length) return text.slice(at + length, at + length + count);
		}
	}
	return [];
}
