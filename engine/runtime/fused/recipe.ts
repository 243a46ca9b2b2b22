import type { PassShape } from '../executor.ts';
import { attentionShader, cutFor, cutKind, joinShader } from './attention.ts';
import {
	matmulShader,
	PAIRS,
	PASS,
	squaresOf,
	tileFor,
	tileRows,
	type Product,
	type Tile
} from './matmul.ts';

/** Sizes of the model that the kernels are written for. */
export interface FusedShape {
	readonly layers: number;
	readonly width: number;
	readonly kvHeads: number;
	readonly headSize: number;
	/** Query heads that share a key and value head. */
	readonly groups: number;
	readonly ffn: number;
	readonly vocabulary: number;
	readonly epsilon: number;
}

/** A kernel: launches with one key share its pipeline. */
export interface Kernel {
	readonly key: string;
	readonly code: () => string;
}

/** One launch of a pass. */
export interface Launch {
	readonly kernel: Kernel;
	/** What it binds behind the uniforms, by name. */
	readonly buffers: readonly string[];
	readonly groups: readonly [number, number, number];
	/** Where it is a product: what it multiplies, how, and rows. */
	readonly product?: { readonly what: Product; readonly tile: Tile; readonly rows: number };
}

/** What a pass launches, and the buffers of its own that it needs. */
export interface Recipe {
	readonly launches: readonly Launch[];
	/** Numbers in each. */
	readonly buffers: ReadonlyMap<string, number>;
}

/** Passes of one kind use the same kernels. */
export function kindOf({ q, r }: Pick<PassShape, 'q' | 'r'>, model: FusedShape): string {
	const tiles = [
		...layerProducts(model).map((what) => tileFor(q, what)),
		tileFor(r, headProduct(model))
	];
	return [...tiles.map(tileRows), cutKind(cutFor(q, model.kvHeads))].join(' ');
}

/** The products of a layer, in order: queries, keys and values; output; gate and up; down. */
export function layerProducts({
	width,
	kvHeads,
	headSize,
	groups,
	ffn,
	epsilon
}: FusedShape): readonly [Product, Product, Product, Product] {
	const keys = kvHeads * headSize;
	const queries = groups * keys;
	const linear = { bits: 4, epsilon } as const;
	const residual = { normalised: false, ending: { kind: 'residual' } } as const;
	return [
		{
			...linear,
			k: width,
			n: queries + 2 * keys,
			normalised: true,
			ending: { kind: 'qkv', queries, keys, half: headSize / 2 }
		},
		{ ...linear, ...residual, k: queries, n: width },
		{ ...linear, k: width, n: 2 * ffn, normalised: true, ending: { kind: 'gate' } },
		{ ...linear, ...residual, k: ffn, n: width }
	];
}

export const headProduct = ({ width, vocabulary, epsilon }: FusedShape): Product => ({
	bits: 8,
	epsilon,
	k: width,
	n: vocabulary,
	normalised: true,
	ending: { kind: 'logits' }
});

/**
 * All that a pass launches: five or six kernels a layer in place of the twelve to sixteen that ONNX Runtime launches:
 * norm, queries, keys, values and rotation; attention, whose parts are joined where it was split; output and
 * residual; norm, gate, up and SiLU; down and residual.
 *
 * Buffers that come from elsewhere: x, pos, bias, rows, past k, past v; the weights, as NAME.values and NAME.scales, and
 * gains; rotary. k counts keys and values of all layers by turns.
 */
export function recipeOf(model: FusedShape, { q, r }: Pick<PassShape, 'q' | 'r'>): Recipe {
	const { layers, width, kvHeads, headSize, groups, ffn, vocabulary } = model;
	const heads = { groups, kvHeads, headSize };
	const keys = kvHeads * headSize;
	const queries = groups * keys;
	const cut = cutFor(q, kvHeads);
	const split = cut.splits > 1;
	const launches: Launch[] = [];
	const product = (what: Product, rows: number, buffers: readonly string[]) => {
		const tile = tileFor(rows, what);
		launches.push({
			kernel: {
				key: `${what.ending.kind} ${what.k} ${what.n} ${Object.values(tile).join(' ')}`,
				code: () => matmulShader(what, tile)
			},
			buffers,
			groups: [what.n / 2 / PAIRS, Math.ceil(rows / tileRows(tile)), 1],
			product: { what, tile, rows }
		});
	};
	const matrix = (name: string) => [`${name}.values`, `${name}.scales`];
	const stream = ['stream', 'scaled', 'squares'];

	launches.push({
		kernel: { key: 'start', code: () => startShader(width) },
		buffers: ['x', 'gain 0', ...stream],
		groups: [q, 1, 1]
	});
	const [qkv, out, gate, down] = layerProducts(model);
	for (let n = 0; n < layers; n++) {
		const fresh = [`fresh ${2 * n}`, `fresh ${2 * n + 1}`];
		const past = [`past ${2 * n}`, `past ${2 * n + 1}`];
		const turned = ['rotary', 'pos', 'queries', ...fresh];
		product(qkv, q, ['scaled', ...matrix(`qkv ${n}`), 'squares', ...turned]);
		launches.push({
			kernel: { key: `attention ${cutKind(cut)}`, code: () => attentionShader(heads, cut) },
			buffers: [
				'queries',
				...fresh,
				...past,
				'bias',
				...(split ? ['parts', 'ends'] : ['attended'])
			],
			groups: [kvHeads, Math.ceil(q / cut.slots), cut.splits]
		});
		if (split) {
			launches.push({
				kernel: { key: 'join', code: () => joinShader(heads) },
				buffers: ['parts', 'ends', 'attended'],
				groups: [q * groups * kvHeads, 1, 1]
			});
		}
		product(out, q, ['attended', ...matrix(`out ${n}`), `feed gain ${n}`, ...stream]);
		product(gate, q, ['scaled', ...matrix(`gate ${n}`), 'squares', 'gated']);
		product(down, q, ['gated', ...matrix(`down ${n}`), `gain ${n + 1}`, ...stream]);
	}
	product(headProduct(model), r, ['scaled', ...matrix('head'), 'squares', 'rows', 'logits']);

	const buffers = new Map([
		['stream', q * width],
		['scaled', q * width],
		['squares', q * squaresOf(width)],
		['queries', q * queries],
		['attended', q * queries],
		['gated', q * ffn],
		['logits', r * vocabulary]
	]);
	for (let i = 0; i < 2 * layers; i++) buffers.set(`fresh ${i}`, q * keys);
	if (split) {
		buffers.set('parts', cut.splits * q * queries);
		buffers.set('ends', cut.splits * q * groups * kvHeads * 2);
	}
	return { launches, buffers };
}

/** Copies the embeddings to the residual stream, a row a workgroup, and leaves what a product with `residual` does. */
const startShader = (width: number) => /* wgsl */ `
${PASS}

@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> stream: array<f32>;
@group(0) @binding(4) var<storage, read_write> scaled: array<f32>;
@group(0) @binding(5) var<storage, read_write> squares: array<f32>;

const SUMS = ${squaresOf(width)}u;
const EACH = ${width / squaresOf(width)}u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
	if (group.x >= sizes.slots) { return; }
	let row = group.x * ${width}u;
	for (var i = local; i < ${width}u; i += 64u) {
		stream[row + i] = x[row + i];
		scaled[row + i] = x[row + i] * gain[i];
	}
	for (var part = local; part < SUMS; part += 64u) {
		var sum = 0.0;
		for (var i = part * EACH; i < (part + 1u) * EACH; i++) { sum += x[row + i] * x[row + i]; }
		squares[group.x * SUMS + part] = sum;
	}
}
`;
