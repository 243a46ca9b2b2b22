import type { OperatorName } from './lanes.ts';

/** A kernel of a trace, and what it is for. */
export interface NamedKernel {
	readonly operator: OperatorName;
	/** From 0; null outside the layers, or where they could not be made out. */
	readonly layer: number | null;
}

type Rough =
	| Exclude<OperatorName, 'qkv' | 'o' | 'gate-up' | 'down' | 'head'>
	/** Belongs to the kernel before it (a split product's sum) or behind it (clearing its output). */
	| 'before'
	| 'behind';

/**
 * Rules from kernel names as PyTorch 2 with CUDA gives them, and from the names of WebGPU pipelines: our own, exactly,
 * then ONNX Runtime's. The first that fits counts.
 */
const rules: readonly (readonly [RegExp, Rough])[] = [
	[/^(qkv|residual|gate|logits) \d/, 'matmul'],
	[/^start$/, 'norm'],
	[/^join$/, 'attention'],
	[/^top 5$/, 'sampling'],
	[/^commit$/, 'cache'],
	[/^mask$/, 'other'],
	[/^MatMulNBitsMlp$/, 'activation'],
	[/^CopyKVCache$/, 'cache'],
	[/^(Split|Tile|Concat|Transpose)$/, 'copy'],
	[/splitk.*reduce|reduce.*splitk/i, 'before'],
	[/memset/i, 'behind'],
	[/nccl|all_?reduce|custom_ar|cross_device_reduce/i, 'all-reduce'],
	[/sdpa|flash|fmha|attention|lean_reduction|paged/i, 'attention'],
	[/nvjet|gemm|gemv|cutlass|xmma|cublas(?!.*reduce)|matmul|_mm_|wgmma/i, 'matmul'],
	[/arg_?max|softmax|top_?k|sampl|multinomial/i, 'sampling'],
	[/silu|swiglu|gelu|sigmoid_mul/i, 'activation'],
	[/rms_?norm|layer_?norm|mean_pow|rsqrt/i, 'norm'],
	[/rotary|rope|cat_mul|cos_.*sin|neg_slice/i, 'rope'],
	[/index_(put|copy)|reshape_and_cache|direct_copy|memcpy/i, 'cache'],
	[/clone|transpose|contiguous|permute|copy|cat/i, 'copy'],
	[/add/i, 'add']
];

const rough = (name: string): Rough => rules.find(([rule]) => rule.test(name))?.[1] ?? 'other';

/** Products that stand for themselves, though no other kernel lies between them and the next. */
const ALONE = /^(qkv|residual|gate|logits) \d|^MatMulNBits(Qkv|MlpDecode)/;

/** The products of a layer, in order. */
const PRODUCTS = ['qkv', 'o', 'gate-up', 'down'] as const;

/**
 * Says of every kernel of one decode step, in order of time, which operator it is and in which layer. A layer has
 * four products (qkv, o, gate-up, down) with attention between the first two, and one product follows the last
 * layer; where that does not fit, products stay 'matmul' and layers unknown.
 * @param names kernel names in order of start
 */
export function nameKernels(names: readonly string[]): NamedKernel[] {
	const kinds = settle(names.map(rough));
	const products = kinds.flatMap((kind, i) => (kind === 'matmul' ? [i] : []));
	// A product whose sum stands in a kernel of its own counts once, and so do several on the same input.
	const alone = (i: number) => ALONE.test(names[i] ?? '');
	const begins = (i: number) =>
		kinds[i] === 'matmul' && (kinds[i - 1] !== 'matmul' || alone(i) || alone(i - 1));
	const whole = products.filter(begins);
	const attends = kinds.filter((k, i) => k === 'attention' && kinds[i - 1] !== 'attention').length;
	const layers = (whole.length - 1) / PRODUCTS.length;
	if (layers !== attends || layers < 1) {
		return kinds.map((operator) => ({ operator, layer: null }));
	}
	const named: { operator: OperatorName; layer: number | null }[] = kinds.map((operator) => ({
		operator,
		layer: null
	}));
	let product = -1;
	kinds.forEach((kind, i) => {
		if (begins(i)) product++;
		if (kind === 'matmul') {
			named[i]!.operator = product === 4 * layers ? 'head' : PRODUCTS[product % 4]!;
		}
	});
	// A layer begins at the norm before its first product, or with that where the norm is part of it.
	const opens = Array.from({ length: layers + 1 }, (_, layer) => {
		const first = whole[4 * layer]!;
		const least = layer === 0 ? 0 : whole[4 * layer - 1]! + 1;
		let i = first;
		while (i > least && kinds[i] !== 'norm') i--;
		return kinds[i] === 'norm' ? i : first;
	});
	for (let layer = 0; layer < layers; layer++) {
		for (let i = opens[layer]!; i < opens[layer + 1]!; i++) named[i]!.layer = layer;
	}
	return named;
}

/** Gives kernels that serve a neighbour their neighbour's kind. */
function settle(kinds: readonly Rough[]): Exclude<Rough, 'before' | 'behind'>[] {
	const settled: Exclude<Rough, 'before' | 'behind'>[] = [];
	kinds.forEach((kind, i) => {
		if (kind === 'before') settled.push(settled.at(-1) ?? 'other');
		else if (kind === 'behind') {
			const next = kinds.slice(i + 1).find((k) => k !== 'before' && k !== 'behind');
			settled.push((next as Exclude<Rough, 'before' | 'behind'>) ?? 'other');
		} else settled.push(kind);
	});
	return settled;
}
