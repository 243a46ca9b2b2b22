/** Operators of a step, as pages and the command line name them. */
export type Operator =
	| 'norm'
	| 'qkv'
	| 'rope'
	| 'copy'
	| 'cache'
	| 'attention'
	| 'o'
	| 'router'
	| 'gate-up'
	| 'activation'
	| 'down'
	| 'add'
	| 'head'
	| 'sampling'
	| 'all-reduce';

/** Bytes that a kernel moves to and from device memory, by what they are. */
export interface Bytes {
	readonly weights: number;
	readonly kv: number;
	readonly activations: number;
}

/** What decides a kernel's time, besides bytes and FLOPs. */
export type Shape =
	/** A matrix product; `padded` counts its FLOPs with rows filled up to the tile. */
	| { kind: 'gemm'; padded: number; grouped: boolean }
	/** Elementwise: elements written where index arithmetic rules, else bytes rule. */
	| { kind: 'small'; gathered: number }
	/** Attention with the keys split among blocks. */
	| { kind: 'split' }
	/** Attention whose tiles each walk all key blocks they see: `walked` in all, from `shortest` to `longest`. */
	| {
			kind: 'flash';
			tiles: number;
			walked: number;
			shortest: number;
			longest: number;
			headDim: number;
	  }
	/** `queued`: right behind another one, as those that were measured alone. */
	| { kind: 'all-reduce'; message: number; queued?: boolean };

/** The work of one kernel on one device. */
export interface Work {
	readonly name: string;
	readonly operator: Operator;
	readonly bytes: Bytes;
	/** 2 per weight and slot, 2 per element of a score or a weighted value. */
	readonly flops: number;
	readonly launches: number;
	readonly shape: Shape;
}

/** Work of one step: its layers by kind, and what follows the last layer. */
export interface StepWork {
	readonly kinds: readonly (readonly Work[])[];
	readonly tail: readonly Work[];
}

const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * Rows that the compute side of a GEMM pays for: one row runs as a matrix-vector product, a few in
 * tiles of 8 columns (the kernels' names in the traces: 64x8, 64x24, 64x40), many in tiles of 64.
 */
export const paddedRows = (rows: number): number =>
	rows <= 1 ? rows : upTo(rows, rows <= 64 ? 8 : 64);
