import type { Operator } from '../cost/index.ts';

/**
 * What a lane shows. A lane is drawn with the marks of its kind, in this order from top to bottom.
 * `track` is a lane of a foreign trace of which no more is known than its name.
 */
export const laneKinds = [
	'pass',
	'layer',
	'kernel',
	'memory',
	'compute',
	'launch',
	'link',
	'readback',
	'difference',
	'track'
] as const;
export type LaneKind = (typeof laneKinds)[number];

export interface Lane {
	readonly kind: LaneKind;
	/** As the trace calls it; empty where the kind says all. */
	readonly name: string;
}

/** What a slice is. Weights, KV and activations share the memory lane and are told apart by this. */
export const sliceKinds = [
	'pass',
	'layer',
	'kernel',
	'weights',
	'kv',
	'activations',
	'compute',
	'launch',
	'link',
	'readback',
	'slower',
	'faster',
	'event'
] as const;
export type SliceKind = (typeof sliceKinds)[number];

/** Number of a slice kind in the typed arrays. */
export const kindCode = Object.fromEntries(sliceKinds.map((kind, i) => [kind, i])) as Record<
	SliceKind,
	number
>;

/** Operators of the cost model, and what a foreign kernel may be besides. 'none' is number 0. */
export const operatorNames = [
	'none',
	'norm',
	'qkv',
	'rope',
	'copy',
	'cache',
	'attention',
	'o',
	'router',
	'gate-up',
	'activation',
	'down',
	'add',
	'head',
	'sampling',
	'all-reduce',
	'matmul',
	'other'
] as const satisfies readonly (Operator | 'none' | 'matmul' | 'other')[];
export type OperatorName = (typeof operatorNames)[number];

export const operatorCode = Object.fromEntries(
	operatorNames.map((operator, i) => [operator, i])
) as Record<OperatorName, number>;
