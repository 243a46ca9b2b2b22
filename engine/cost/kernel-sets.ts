/**
 * Which kernels a layer consists of, as data. GEMMs and attention are always there; what differs
 * between implementations is the small kernels around them, how attention is split, and what it
 * costs to start a kernel.
 */

/** Elements an elementwise kernel writes per row (per token slot of the batch). */
export type Width = 'hidden' | 'q' | 'k' | 'v' | 'qk' | 'mlp' | 'experts' | 'vocab';

/**
 * How an elementwise kernel's time grows: `stream` with its bytes at memory bandwidth, `gather`
 * with its elements (index arithmetic and scattered access; far from the bandwidth).
 */
export type SmallCost = { kind: 'stream'; bytes: number } | { kind: 'gather' };

export interface SmallKernel {
	readonly name: string;
	readonly operator:
		'norm' | 'rope' | 'copy' | 'cache' | 'add' | 'activation' | 'router' | 'sampling';
	readonly width: Width;
	readonly cost: SmallCost;
	/** Present only then: more than one slot a sequence, or more than one row in the batch. */
	readonly when?: 'slots>1' | 'rows>1';
}

export interface KernelSet {
	readonly id: string;
	readonly name: string;
	readonly note: string;
	readonly beforeAttention: readonly SmallKernel[];
	readonly afterAttention: readonly SmallKernel[];
	readonly beforeMlp: readonly SmallKernel[];
	readonly insideMlp: readonly SmallKernel[];
	readonly afterMlp: readonly SmallKernel[];
	/** Extra kernels of a mixture of experts: choice, sorting by expert, weighted sum. */
	readonly routing: readonly SmallKernel[];
	/** Attention splits the keys among blocks only for one slot (as cuDNN does), or always. */
	readonly splitKeys: 'one slot' | 'always';
	/** Kernels started for attention itself. */
	readonly attentionLaunches: number;
	/** Start of a kernel: as calibrated on CUDA graphs, or one WebGPU dispatch each. */
	readonly start: 'graph' | 'webgpu';
	/** Achieved share of calibrated bandwidth and FLOP/s; matrix units or plain fp32 lanes. */
	readonly efficiency: {
		readonly bandwidth: number;
		readonly compute: number;
		readonly units: 'matrix' | 'fp32';
	};
}

const gather = { kind: 'gather' } as const;
const stream = (bytes: number) => ({ kind: 'stream', bytes }) as const;

const norm: SmallKernel = { name: 'norm', operator: 'norm', width: 'hidden', cost: stream(4) };
const rope: SmallKernel = { name: 'rotate q and k', operator: 'rope', width: 'qk', cost: gather };
const addNorm: SmallKernel = {
	name: 'add and norm',
	operator: 'norm',
	width: 'hidden',
	cost: stream(8)
};
const add: SmallKernel = { name: 'add', operator: 'add', width: 'hidden', cost: stream(6) };
const activation: SmallKernel = {
	name: 'SwiGLU',
	operator: 'activation',
	width: 'mlp',
	cost: gather
};
const copy = (name: string, width: Width, when: SmallKernel['when']): SmallKernel => ({
	name,
	operator: 'copy',
	width,
	cost: gather,
	when
});
const cache = (name: string, width: Width): SmallKernel => ({
	name,
	operator: 'cache',
	width,
	cost: stream(4)
});
const route = (name: string): SmallKernel => ({
	name,
	operator: 'router',
	width: 'experts',
	cost: gather
});

const shared = {
	beforeMlp: [addNorm],
	insideMlp: [activation],
	afterMlp: [add],
	routing: [route('choose experts'), route('sort by expert'), route('weighted sum')]
} as const;

const full = { bandwidth: 1, compute: 1, units: 'matrix' } as const;

export const kernelSets = {
	/** Read out of kernel traces of an H100; see tests/fixtures/measurements. */
	'pytorch-fused': {
		id: 'pytorch-fused',
		name: 'PyTorch, fused',
		note: 'Measured: torch.compile for elementwise parts, cuDNN attention, cuBLAS, CUDA graph.',
		beforeAttention: [
			norm,
			copy('lay out v', 'v', 'rows>1'),
			rope,
			copy('lay out k', 'k', 'rows>1'),
			copy('lay out q', 'q', 'rows>1'),
			cache('store k', 'k'),
			cache('store v', 'v')
		],
		afterAttention: [copy('lay out output', 'q', 'slots>1')],
		...shared,
		splitKeys: 'one slot',
		attentionLaunches: 1,
		start: 'graph',
		efficiency: full
	},
	ideal: {
		id: 'ideal',
		name: 'Ideal',
		note: 'One kernel an operator, keys split among blocks at every number of slots: what kernels made for TiDAR would give.',
		beforeAttention: [norm, rope],
		afterAttention: [],
		...shared,
		splitKeys: 'always',
		attentionLaunches: 1,
		start: 'graph',
		efficiency: full
	},
	browser: {
		id: 'browser',
		name: 'Browser (WebGPU)',
		note: 'One dispatch a kernel, no graph, no matrix units; efficiencies are stated, not fitted.',
		beforeAttention: [
			norm,
			copy('lay out v', 'v', undefined),
			{ ...rope, name: 'rotate q', width: 'q' },
			{ ...rope, name: 'rotate k', width: 'k' },
			copy('lay out k', 'k', undefined),
			copy('lay out q', 'q', undefined)
		],
		afterAttention: [copy('lay out output', 'q', undefined)],
		...shared,
		splitKeys: 'always',
		attentionLaunches: 4,
		start: 'webgpu',
		efficiency: { bandwidth: 0.7, compute: 0.7, units: 'fp32' }
	}
} as const satisfies Record<string, KernelSet>;

export type KernelSetId = keyof typeof kernelSets;

/** The kernels after the last layer: norm, then the vocabulary matrix, then this. */
export const argmax: SmallKernel = {
	name: 'argmax',
	operator: 'sampling',
	width: 'vocab',
	// Two bytes a logit, at half the bandwidth: 1.4 ps a logit on an H100.
	cost: stream(4)
};
export const finalNorm = norm;
