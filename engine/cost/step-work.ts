import {
	cachedElements,
	expectedExperts,
	type Attention,
	type LayerKind,
	type Mlp
} from '../models/index.ts';
import {
	argmax,
	finalNorm,
	kernelSets,
	type KernelSet,
	type SmallKernel,
	type Width
} from './kernel-sets.ts';
import { kvFormats, weightFormats, type Setup } from './setup.ts';
import { paddedRows, type Operator, type StepWork, type Work } from './work.ts';

/** Queries and keys of an attention block. */
const BLOCK = 128;
/** Activations are 16-bit. */
const ACTIVATION = 2;

/**
 * Lists the kernels of a step on each of `tp` devices, in execution order, without timing them.
 * Weights are read once a step; keys and values once a sequence and KV head; activations are what
 * a kernel reads and writes.
 */
export function stepWork(s: Setup): StepWork {
	const set: KernelSet = kernelSets[s.kernels];
	return {
		kinds: s.model.kinds.map((kind) => layerWork(s, set, kind)),
		tail: tailWork(s)
	};
}

function layerWork(s: Setup, set: KernelSet, { attention, mlp }: LayerKind): Work[] {
	const rows = s.batch * s.slots;
	const small = (list: readonly SmallKernel[]) =>
		list
			.filter(({ when }) => !when || (when === 'slots>1' ? s.slots > 1 : rows > 1))
			.map((kernel) => smallWork(kernel, rows * widthOf(kernel.width, s, attention, mlp)));
	return [
		...small(set.beforeAttention.slice(0, 1)),
		...projections(s, attention, rows),
		...small(set.beforeAttention.slice(1)),
		attentionWork(s, set, attention),
		...small(set.afterAttention),
		output(s, attention, rows),
		...reduce(s, rows),
		...small(set.beforeMlp),
		...mlpWork(s, set, mlp, rows, small),
		...reduce(s, rows),
		...small(set.afterMlp)
	];
}

/** Heads on one device; KV heads are repeated where there are fewer of them than devices. */
const share = (count: number, tp: number): number => Math.max(1, Math.ceil(count / tp));

function widthOf(width: Width, s: Setup, a: Attention, mlp: Mlp): number {
	const q = share(a.heads, s.tp) * (a.kind === 'gqa' ? a.headDim : a.value);
	const k = a.kind === 'gqa' ? share(a.kvHeads, s.tp) * a.headDim : (a.latent + a.rope) / 2;
	switch (width) {
		case 'hidden':
			return s.model.hidden;
		case 'q':
			return q;
		case 'k':
		case 'v':
			return k;
		case 'qk':
			return a.kind === 'gqa' ? q + k : share(a.heads, s.tp) * a.rope + a.rope;
		case 'mlp':
			return (
				(mlp.kind === 'dense' ? mlp.width : mlp.active * mlp.width + (mlp.sharedWidth ?? 0)) / s.tp
			);
		case 'experts':
			return mlp.kind === 'moe' ? mlp.experts + mlp.active * s.model.hidden : 0;
		case 'vocab':
			return s.model.vocab / s.tp;
	}
}

function smallWork(kernel: SmallKernel, elements: number): Work {
	const streamed = kernel.cost.kind === 'stream';
	return {
		name: kernel.name,
		operator: kernel.operator,
		bytes: {
			weights: 0,
			kv: kernel.operator === 'cache' ? elements * ACTIVATION : 0,
			activations:
				kernel.cost.kind === 'stream'
					? elements * (kernel.cost.bytes - (kernel.operator === 'cache' ? ACTIVATION : 0))
					: elements * 2 * ACTIVATION
		},
		flops: 0,
		launches: 1,
		shape: { kind: 'small', gathered: streamed ? 0 : elements }
	};
}

/** rows x (inn -> out), `copies` matrices of which each serves rows / copies of the rows. */
function gemm(
	s: Setup,
	name: string,
	operator: Operator,
	rows: number,
	[inn, out]: [number, number],
	copies = 1,
	routed = rows
): Work {
	const weights = copies * inn * out;
	return {
		name,
		operator,
		bytes: {
			weights: (weights * weightFormats[s.weights].bits) / 8,
			kv: 0,
			activations: routed * (inn + out) * ACTIVATION
		},
		flops: 2 * routed * inn * out,
		launches: 1,
		shape: {
			kind: 'gemm',
			padded: 2 * copies * paddedRows(routed / copies) * inn * out,
			grouped: copies > 1
		}
	};
}

function projections(s: Setup, a: Attention, rows: number): Work[] {
	const d = s.model.hidden;
	const heads = share(a.heads, s.tp);
	if (a.kind === 'gqa') {
		return [gemm(s, 'qkv', 'qkv', rows, [d, (heads + 2 * share(a.kvHeads, s.tp)) * a.headDim])];
	}
	const asked = heads * (a.nope + a.rope);
	const compressed = a.latent + a.rope;
	return [
		...(a.queryRank
			? [
					gemm(s, 'compress q and kv', 'qkv', rows, [d, a.queryRank + compressed]),
					gemm(s, 'expand q', 'qkv', rows, [a.queryRank, asked])
				]
			: [gemm(s, 'q, compress kv', 'qkv', rows, [d, asked + compressed])]),
		// Keys are never expanded: the query takes their matrix in (absorption).
		gemm(s, 'absorb key matrix', 'qkv', rows, [a.nope, heads * a.latent])
	];
}

function output(s: Setup, a: Attention, rows: number): Work {
	const heads = share(a.heads, s.tp);
	if (a.kind === 'gqa') return gemm(s, 'o', 'o', rows, [heads * a.headDim, s.model.hidden]);
	const o = gemm(s, 'o', 'o', rows, [heads * a.value, s.model.hidden]);
	const expand = gemm(s, 'expand values', 'o', rows, [a.latent, heads * a.value]);
	return {
		...o,
		name: 'expand values and o',
		launches: 2,
		flops: o.flops + expand.flops,
		bytes: {
			weights: o.bytes.weights + expand.bytes.weights,
			kv: 0,
			activations: o.bytes.activations + expand.bytes.activations
		},
		shape: {
			kind: 'gemm',
			grouped: false,
			padded: (o.shape as { padded: number }).padded + (expand.shape as { padded: number }).padded
		}
	};
}

/** Pairs of a query slot and a key that one head scores, and key blocks that its tiles walk. */
function pairs(s: Setup, window: number | undefined) {
	const seen = (upToKey: number) => Math.min(upToKey, window ?? Infinity);
	const tiles = Math.ceil(s.slots / BLOCK);
	if (s.phase === 'decode') {
		const keys = seen(s.context + s.slots);
		const blocks = Math.ceil(keys / BLOCK);
		return {
			keys,
			scored: s.slots * keys,
			tiles,
			walked: tiles * blocks,
			shortest: blocks,
			longest: blocks
		};
	}
	let walked = 0;
	let scored = 0;
	for (let tile = 0; tile < tiles; tile++) {
		const last = Math.min((tile + 1) * BLOCK, s.slots);
		const count = last - tile * BLOCK;
		const keys = seen(s.context + last);
		walked += Math.ceil(keys / BLOCK);
		scored += count * seen(s.context + (tile * BLOCK + last) / 2);
	}
	const longest = Math.ceil(seen(s.context + s.slots) / BLOCK);
	const shortest = Math.ceil(seen(s.context + Math.min(BLOCK, s.slots)) / BLOCK);
	return { keys: seen(s.context + s.slots), scored, tiles, walked, shortest, longest };
}

function attentionWork(s: Setup, set: KernelSet, a: Attention): Work {
	const p = pairs(s, a.kind === 'gqa' ? a.window : undefined);
	const heads = share(a.heads, s.tp);
	const headDim = a.kind === 'gqa' ? a.headDim : a.latent + a.rope;
	const value = a.kind === 'gqa' ? a.headDim : a.latent;
	const cached = a.kind === 'gqa' ? 2 * share(a.kvHeads, s.tp) * a.headDim : cachedElements(a);
	// Windowed slots look back from their own position, so a little more than a window is read.
	const window = a.kind === 'gqa' ? a.window : undefined;
	const read = window ? Math.min(s.context + s.slots, window + s.slots - 1) : p.keys;
	const split = a.kind === 'mla' || set.splitKeys === 'always' || s.slots === 1;
	return {
		name: 'attention',
		operator: 'attention',
		bytes: {
			weights: 0,
			kv: (s.batch * read * cached * kvFormats[s.kv]) / 8,
			activations: s.batch * s.slots * heads * (headDim + value) * ACTIVATION
		},
		flops: 2 * s.batch * heads * p.scored * (headDim + value),
		launches: set.attentionLaunches,
		shape: split
			? { kind: 'split' }
			: {
					kind: 'flash',
					tiles: s.batch * heads * p.tiles,
					walked: s.batch * heads * p.walked,
					shortest: p.shortest,
					longest: p.longest,
					headDim
				}
	};
}

function mlpWork(
	s: Setup,
	set: KernelSet,
	mlp: Mlp,
	rows: number,
	small: (list: readonly SmallKernel[]) => Work[]
): Work[] {
	const d = s.model.hidden;
	if (mlp.kind === 'dense') {
		const width = mlp.width / s.tp;
		return [
			gemm(s, 'gate and up', 'gate-up', rows, [d, 2 * width]),
			...small(set.insideMlp),
			gemm(s, 'down', 'down', rows, [width, d])
		];
	}
	const touched = expectedExperts(mlp.experts, mlp.active, rows);
	const width = mlp.width / s.tp;
	const routed = rows * mlp.active;
	const work = [
		gemm(s, 'router', 'router', rows, [d, mlp.experts]),
		...small(set.routing.slice(0, -1)),
		gemm(s, 'gate and up of experts', 'gate-up', rows, [d, 2 * width], touched, routed),
		...small(set.insideMlp),
		gemm(s, 'down of experts', 'down', rows, [width, d], touched, routed),
		...small(set.routing.slice(-1))
	];
	if (mlp.sharedWidth) {
		const sharedWidth = mlp.sharedWidth / s.tp;
		work.push(
			gemm(s, 'gate and up, shared', 'gate-up', rows, [d, 2 * sharedWidth]),
			gemm(s, 'down, shared', 'down', rows, [sharedWidth, d])
		);
	}
	return work;
}

function reduce(s: Setup, rows: number): Work[] {
	if (s.tp === 1) return [];
	const message = rows * s.model.hidden * ACTIVATION;
	return [
		{
			name: 'all-reduce',
			operator: 'all-reduce',
			bytes: { weights: 0, kv: 0, activations: 2 * message },
			flops: 0,
			launches: 1,
			shape: { kind: 'all-reduce', message }
		}
	];
}

function tailWork(s: Setup): Work[] {
	const rows = s.batch * s.slots;
	const predicted = s.phase === 'prefill' ? s.batch : rows;
	const vocab = s.model.vocab / s.tp;
	return [
		smallWork(finalNorm, rows * s.model.hidden),
		gemm(s, 'vocabulary', 'head', predicted, [s.model.hidden, vocab]),
		smallWork(argmax, predicted * vocab)
	];
}
