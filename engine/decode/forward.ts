import type { Layout } from '../mask/index.ts';

/**
 * What a decoder knows of a model: it computes the slots of a pass on top of a cache of keys and
 * values, and keeps the rows it is told to keep. `engine/runtime` implements it on ONNX Runtime; tests
 * implement it on a table.
 */
export interface Forward {
	readonly model: ModelInfo;
	/** Positions kept in the cache, n. */
	readonly length: number;
	/**
	 * One forward pass. Passes never overlap: a second call waits for the first.
	 * @throws when a position would reach `model.capacity`, or the device fails.
	 */
	run(input: PassInput): Promise<Pass>;
	/**
	 * Appends the keys and values of these slots of the last pass to the cache, in this order, as the
	 * positions n, n+1, … Slots not named are never written. In force before the next pass.
	 */
	keep(slots: readonly number[]): void;
	/** Forgets the cached positions from `length` on. */
	truncate(length: number): void;
}

export interface ModelInfo {
	readonly name: string;
	/** Size of the vocabulary, V. */
	readonly vocabulary: number;
	/** The token that stands in a mask slot. */
	readonly mask: number;
	/** The token that ends an answer. */
	readonly end: number;
	/** Positions that the cache can hold at most. */
	readonly capacity: number;
	/**
	 * How its masks were trained, which a canvas must repeat. tidar (where absent): they see the prompt, which is
	 * causal, and each other; a mask predicts its own position. llada: prompt and masks all see each other; the same.
	 * dream: all see each other, and a slot predicts the position behind it.
	 */
	readonly canvas?: 'tidar' | 'llada' | 'dream';
}

export interface PassInput {
	readonly layout: Layout;
	/** The token in each slot, q of them. */
	readonly tokens: readonly number[];
	/** Slots whose predictions are wanted, ascending. All where absent. */
	readonly predict?: readonly number[];
	/**
	 * Says that the next pass will be the tree that `growTree` makes, with this budget of slots and blocks of k masks, of
	 * what this one predicts: a device may prepare it. A decoder may still do something else.
	 */
	readonly grows?: Grows;
}

/** How a greedy candidate tree grows. */
export interface Grows {
	readonly slots: number;
	readonly k: number;
}

export interface Pass {
	/** One entry a slot; null for the slots that were not asked for. */
	readonly predictions: readonly (Prediction | null)[];
	/**
	 * The raw logits, V each, of slots that were asked for: what sampling needs. Valid until the next
	 * pass. Costs a transfer of 4·V bytes a slot.
	 */
	logits(slots: readonly number[]): Promise<Float32Array[]>;
	readonly times: StepTimes;
}

/** The likeliest tokens of a slot, best first (ties: the lower id first), at temperature 1. */
export interface Prediction {
	readonly tokens: readonly number[];
	/** Probabilities of these tokens under the whole softmax. */
	readonly probabilities: readonly number[];
}

/** How many of the likeliest tokens a prediction lists. */
export const TOP = 5;

/** Milliseconds; a part that was not measured is absent. */
export interface StepTimes {
	/** The whole pass, from the call to the predictions. */
	readonly total: number;
	/** Writing inputs and commands. */
	readonly encode?: number;
	/** The device at work. */
	readonly gpu?: number;
	/** Waiting for the predictions and reading them. */
	readonly readback?: number;
}
