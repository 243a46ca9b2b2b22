import { layout, prefillSpec } from '../mask/index.ts';
import {
	canvas,
	fill,
	passOver,
	untilEnd,
	type Candidate,
	type Measure,
	type Reader
} from './canvas.ts';
import type { Forward } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

/** How a diffusion decoder goes about a canvas of fixed length. */
export interface Schedule {
	/** Lengths of the parts that are filled one after the other. */
	parts(length: number): readonly number[];
	/** Passes that a part takes. */
	passes(part: number): number;
	readonly measure: Measure;
	/** Which of the candidates, the masks of this part, to fill when `left` passes are left, this one included. */
	choose(candidates: readonly Candidate[], left: number): readonly Candidate[];
}

/**
 * Fills one canvas as long as the answer may become, part by part: LLaDA and Dream.
 *
 * The canvas is computed whole in each pass, whatever part is being filled: tokens of finished parts stay on it, since they
 * see what comes behind them and change with it, so there is no cache beyond the prompt's, and not even that where the
 * prompt sees the canvas. A part's tokens are emitted when it is full. An end token in a finished part ends the answer;
 * what was emitted is not in the cache, which holds no more than the prompt.
 *
 * Where the prompt is causal, step 0 encodes it. Else there is no prefill: every pass encodes the prompt.
 * @throws RangeError where the prompt cannot be cached and the cache is not empty
 */
export async function* diffusion(
	forward: Forward,
	prompt: readonly number[],
	{ maxTokens }: Settings,
	signal: AbortSignal | undefined,
	read: Reader,
	schedule: Schedule
): AsyncGenerator<Step, Ending> {
	const { mask, end, capacity, canvas: kind = 'tidar', name } = forward.model;
	if (kind !== 'tidar' && forward.length > 0) {
		throw new RangeError(
			`Diffusion: ${name} reads prompt and answer in both directions, so nothing before the prompt can be cached; truncate the cache and give the chat so far as part of the prompt.`
		);
	}
	const length = Math.min(maxTokens, capacity - forward.length - prompt.length);
	const board = canvas(length, mask);
	let index = 0;
	if (kind === 'tidar') yield encode(await encoded(forward, prompt), index++);
	const before = kind === 'tidar' ? [] : prompt;

	let from = 0;
	for (const part of schedule.parts(length)) {
		const to = from + part;
		for (let left = schedule.passes(part); left > 0; left--) {
			if (signal?.aborted) return 'stopped';
			const places = [...board.open].filter((place) => place >= from && place < to);
			const { pass, body, slotOf, readerOf } = await passOver(forward, before, board, places);
			const slots = places.map(readerOf);
			const candidates = await read.candidates(pass, places, slots, schedule.measure);
			const change = fill(board, candidates, schedule.choose(candidates, left), slotOf);
			const emitted = left > 1 ? [] : untilEnd(board.tokens.slice(from, to), end);
			yield { index: index++, ...body, verdicts: [], canvas: change, emitted };
			if (emitted.at(-1) === end) return 'end-token';
		}
		from = to;
	}
	return length < maxTokens ? 'cache-full' : 'max-tokens';
}

type Encoded = Omit<Step, 'index' | 'kind' | 'verdicts' | 'emitted'>;
const encode = (body: Encoded, index: number): Step => ({
	index,
	kind: 'prefill',
	...body,
	verdicts: [],
	emitted: []
});

/** Encodes tokens causally and keeps them; predicts nothing. */
export async function encoded(forward: Forward, tokens: readonly number[]): Promise<Encoded> {
	const plan = layout(prefillSpec(tokens.length, 0));
	const start = forward.length;
	const { predictions, times } = await forward.run({ layout: plan, tokens, predict: [] });
	const kept = tokens.map((_, slot) => slot);
	forward.keep(kept);
	return { layout: plan.spec, tokens, start, predictions, kept, times };
}
