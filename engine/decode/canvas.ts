import { layout, prefillSpec, slotsOfBlock } from '../mask/index.ts';
import { argmax, distribution, draw, random, type Random } from '../sampler/index.ts';
import type { Forward, Pass } from './forward.ts';
import type { Settings } from './settings.ts';
import type { CanvasChange, Step } from './step.ts';

/**
 * A canvas: positions behind a prompt that begin as masks and are filled over several passes, in whatever order.
 * LLaDA, Dream and block diffusion differ in which masks they fill when, and share everything else.
 *
 * In the layout a canvas is one block: its slots see each other in both directions. What stands before it
 * depends on how the model was trained (ModelInfo.canvas). Where the prompt is causal, its keys and values are cached, and
 * the block stands behind them; tokens that have become final can be encoded in front of the block in the same pass and
 * kept. Where the prompt sees the canvas, nothing can be cached, and prompt and canvas are one block.
 */
export interface Canvas {
	/** Its tokens, masks included. */
	readonly tokens: number[];
	/** Places that are still masks, ascending. (A model may write the mask token: that place is filled.) */
	readonly open: Set<number>;
}

/** What a mask could become. */
export interface Candidate {
	/** Place in the canvas, from 0. */
	readonly place: number;
	readonly token: number;
	/** The larger the surer. */
	readonly confidence: number;
}

/** How a canvas is read: the token of a mask, and how sure the model is of it. */
export type Measure = 'probability' | 'margin' | 'entropy' | 'none';

export const canvas = (length: number, mask: number): Canvas => ({
	tokens: Array<number>(length).fill(mask),
	open: new Set(Array(length).keys())
});

/**
 * Candidates for masks. Greedy: the likeliest token; else a draw from softmax(logits / temperature) within top-p.
 * Confidence: the token's probability; the margin between the two likeliest; minus the entropy in nats; or 0.
 */
export interface Reader {
	readonly uniform: Random;
	/** `slots[i]` predicts `places[i]`. */
	candidates(
		pass: Pass,
		places: readonly number[],
		slots: readonly number[],
		measure: Measure
	): Promise<Candidate[]>;
}

/** @param shaped measure confidence on the distribution that tokens are drawn from, and not at temperature 1 */
export function reader({ temperature, topP, seed }: Settings, shaped: boolean): Reader {
	const uniform = random(seed);
	return {
		uniform,
		async candidates(pass, places, slots, measure) {
			if (temperature === 0 && measure !== 'entropy') {
				return places.map((place, i) => {
					const { tokens, probabilities } = pass.predictions[slots[i]!]!;
					const [first, second = 0] = probabilities;
					const confidence =
						measure === 'none' ? 0 : measure === 'margin' ? first! - second : first!;
					return { place, token: tokens[0]!, confidence };
				});
			}
			const logits = await pass.logits(slots);
			return places.map((place, i) => {
				const row = logits[i]!;
				const plain = distribution(row, 1);
				const drawn = temperature === 0 ? plain : distribution(row, temperature, topP);
				const token = temperature === 0 ? argmax(row) : draw(drawn, uniform());
				const p = shaped ? drawn : plain;
				return { place, token, confidence: confidenceOf(p, token, measure) };
			});
		}
	};
}

function confidenceOf(p: Float64Array, token: number, measure: Measure): number {
	if (measure === 'none') return 0;
	if (measure === 'probability') return p[token]!;
	if (measure === 'entropy')
		return p.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
	const first = argmax(p);
	const second = p.reduce((most, share, i) => (i === first ? most : Math.max(most, share)), 0);
	return p[first]! - second;
}

/** The n surest, ties from left to right. */
export const surest = (candidates: readonly Candidate[], n: number): Candidate[] =>
	[...candidates].sort((a, b) => b.confidence - a.confidence || a.place - b.place).slice(0, n);

/** A pass over a canvas, and where in it the canvas lies. */
export interface CanvasPass {
	readonly pass: Pass;
	/** The step so far; `fill` completes it. */
	readonly body: Pick<
		Step,
		'kind' | 'layout' | 'tokens' | 'start' | 'predictions' | 'times' | 'kept'
	>;
	/** The slot of a place. */
	slotOf(place: number): number;
	/** The slot that predicts a place. */
	readerOf(place: number): number;
}

/**
 * Runs the model over a canvas and reads the given places.
 * @param before tokens in front of the canvas that are not in the cache. A causal model encodes them in this pass and
 *   keeps them; else they are part of the block, each time anew.
 */
export async function passOver(
	forward: Forward,
	before: readonly number[],
	{ tokens }: Canvas,
	places: readonly number[]
): Promise<CanvasPass> {
	const kind = forward.model.canvas ?? 'tidar';
	const causal = kind === 'tidar';
	const spec = causal
		? prefillSpec(before.length, tokens.length)
		: prefillSpec(0, before.length + tokens.length);
	const plan = layout(spec);
	const first = slotsOfBlock(plan, 0)[causal ? 0 : before.length]!;
	const slotOf = (place: number) => first + place;
	const readerOf = (place: number) => slotOf(place) - (kind === 'dream' ? 1 : 0);
	const all = [...before, ...tokens];
	const start = forward.length;
	const pass = await forward.run({ layout: plan, tokens: all, predict: places.map(readerOf) });
	const kept = causal ? before.map((_, slot) => slot) : [];
	const { predictions, times } = pass;
	const body = {
		kind: 'decode' as const,
		layout: spec,
		tokens: all,
		start,
		predictions,
		times,
		kept
	};
	return { pass, body, slotOf, readerOf };
}

/** Writes the chosen candidates into the canvas; the others are put back. */
export function fill(
	{ tokens, open }: Canvas,
	candidates: readonly Candidate[],
	chosen: readonly Candidate[],
	slotOf: (place: number) => number
): CanvasChange {
	for (const { place, token } of chosen) {
		tokens[place] = token;
		open.delete(place);
	}
	const places = new Set(chosen.map(({ place }) => place));
	return {
		unmasked: [...chosen]
			.sort((a, b) => a.place - b.place)
			.map(({ place, token, confidence }) => ({ slot: slotOf(place), token, confidence })),
		remasked: candidates.filter(({ place }) => !places.has(place)).map(({ place }) => slotOf(place))
	};
}

/** How many to fill now so that `masks` are gone after `passes` passes, this one included: evenly, the rest first. */
export const share = (masks: number, passes: number): number => Math.ceil(masks / passes);

/** Tokens up to and with the end token. */
export function untilEnd(tokens: readonly number[], end: number): readonly number[] {
	const at = tokens.indexOf(end);
	return at < 0 ? tokens : tokens.slice(0, at + 1);
}
