import type { StepTimes } from '../decode/index.ts';
import type { AdditiveMask } from '../mask/index.ts';
import type { Followed } from './ahead/course.ts';
import type { Top } from './top.ts';

/**
 * What differs between WebAssembly and WebGPU: where the cache lies, and how the graph runs. It is told
 * what to do by RuntimeForward, one thing after the other; it decides nothing.
 */
export interface Backend {
	/** Cache columns allocated, P; 0 before the first `allocate`. */
	readonly allocated: number;
	/** A good number of columns for a cache that must hold n positions. */
	columnsFor(n: number): number;
	/** Makes the cache `columns` wide and keeps its first `length` positions. */
	allocate(columns: number, length: number): void;
	/** Writes keys and values of these slots of the last run to the positions from `at` on, in order. */
	commit(slots: readonly number[], at: number): void;
	/** Runs the graph over the whole cache. */
	run(inputs: Inputs): Promise<Outputs>;
	/** Frees all memory, the session's too. */
	dispose(): Promise<void>;
}

/** Inputs of one pass of q slots; see engine/train/tidar_train/graph.py for what the graph makes of them. */
export interface Inputs {
	/** Embeddings of the slots' tokens, [q, d]. */
	readonly x: Float32Array;
	/** Positions of the slots, q of them. */
	readonly positions: readonly number[];
	/** [q, P + q] */
	readonly mask: AdditiveMask;
	/** Slots whose logits are wanted, at least one. */
	readonly rows: readonly number[];
	/** What the pass is, for a backend that guesses the next one. */
	readonly pass: Followed;
}

export interface Outputs {
	/** One a row. */
	readonly top: readonly Top[];
	/** Logits of rows, by their index in `rows`, V each; until the next run. */
	logits(rows: readonly number[]): Promise<Float32Array[]>;
	/** Taps of slots, where the graph has that output: tapped layers' states, one behind the other; until the next run. */
	taps?(slots: readonly number[]): Promise<Float32Array[]>;
	readonly times: StepTimes;
}

/** Sizes that a backend needs to know. */
export interface Shape {
	readonly layers: number;
	readonly width: number;
	readonly kvHeads: number;
	readonly headSize: number;
	/** Rows of the rotary table for each slot: query groups, key, value. */
	readonly groups: number;
	readonly vocabulary: number;
}

/** The graph's `pos` input: a slot's position for each query group and the key, then 0 for its value. */
export function rotaryRows(positions: readonly number[], groups: number): BigInt64Array {
	const rows = new BigInt64Array(positions.length * (groups + 2));
	// Positions fit the lower halves; filling with bigints takes many times longer.
	const halves = new Int32Array(rows.buffer);
	let at = 0;
	for (const position of positions) {
		for (let i = 0; i <= groups; i++, at += 2) halves[at] = position;
		at += 2;
	}
	return rows;
}

/** The layers' cache tensors as the graph names them, after 'past_' and 'new_'. */
export const cacheNames = (layers: number): string[] =>
	Array.from({ length: layers }, (_, layer) => [`k_${layer}`, `v_${layer}`]).flat();
