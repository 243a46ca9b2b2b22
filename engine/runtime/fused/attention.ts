import { PASS, wholeTiles } from './matmul.ts';

/** Columns of keys, then of values, that are in workgroup memory at a time. */
const COLUMNS = 32;
const THREADS = 128;
/** Workgroups that keep a large GPU busy. */
const WORKGROUPS = 384;
/** A workgroup walks over at least so many columns of a cache of 1024. */
const SPLITS = 32;

/** Sizes of the attention of one layer. */
export interface AttentionShape {
	/** Query heads that share a key and value head. */
	readonly groups: number;
	readonly kvHeads: number;
	/** A divisor of 128, and a multiple of 4. */
	readonly headSize: number;
}

/** How the attention of a pass is cut into workgroups. */
export interface Cut {
	/** Slots that one workgroup computes: more of them share the keys they read, fewer make more workgroups. */
	readonly slots: number;
	/** Parts that the columns are cut into, each with workgroups of its own; the parts are joined afterwards. */
	readonly splits: number;
}

/**
 * Few slots leave most of a GPU idle unless the columns are spread over it as well (Dao et al., Flash-Decoding, 2023).
 * Passes that fill as many tiles of the products are cut alike, so that a slot's sums do not depend on how
 * many others there are.
 */
export function cutFor(slots: number, kvHeads: number): Cut {
	const each = slots <= 4 ? 1 : 4;
	const workgroups = kvHeads * Math.ceil(wholeTiles(slots) / each);
	const splits = Math.round(WORKGROUPS / workgroups);
	return { slots: each, splits: Math.max(1, Math.min(SPLITS, splits)) };
}

/** Cuts of one kind share their kernels. */
export const cutKind = ({ slots, splits }: Cut): string => `${slots}${splits > 1 ? ' split' : ''}`;

const each = (n: number, line: (i: number) => string) =>
	Array.from({ length: n }, (_, i) => line(i)).join('\n');

/**
 * WGSL of attention over the shown columns of the cache, which every slot sees, and over the pass's own slots, which
 * the additive mask [slots, columns + slots] lets through. Nothing is read of columns that are not shown.
 *
 * A workgroup takes some slots, one key head with all query heads that share it, and its part of the columns, over
 * which it walks, 32 at a time: scores, their softmax with a running maximum (Milakov and Gimelshein 2018; Dao et
 * al. 2022), and the weighted sum of the values. Keys and values of a step are asked for together, so that one waits
 * for memory while the other is computed with.
 *
 * Slots that follow each other in the text are also written to the cache, behind the shown columns, where nobody
 * looks in this pass: if they are kept, as nearly always in order, they are there already.
 *
 * queries [slots, groups, kvHeads, headSize]; keys and values of the slots [slots, kvHeads, headSize], of the
 * cache [kvHeads, columns, headSize]. Without splits: out as queries. With splits, for `joinShader`: parts [splits,
 * slots, groups, kvHeads, headSize], and for each row of headSize (the maximum, the sum of exp(score - maximum)). The
 * buffers may have room for more slots than there are: parts lie as far apart as `ends` has rows for each.
 */
export function attentionShader({ groups, kvHeads, headSize }: AttentionShape, cut: Cut): string {
	const rows = groups * cut.slots;
	const heads = groups * kvHeads;
	const width = heads * headSize;
	const quads = headSize / 4;
	/** Rows that a thread scores for one column. */
	const scored = Math.ceil(rows / (THREADS / COLUMNS));
	/** Rows that a thread sums for one place of the head. */
	const summed = Math.ceil(rows / (THREADS / headSize));
	/** Vectors that a thread brings of the keys of a step, and of its values. */
	const brought = (COLUMNS * quads) / THREADS;
	/** Columns stand a little apart, so that threads that read the same place of 32 keys do not queue for one bank. */
	const stride = quads + 1;
	const split = cut.splits > 1;
	const put = (name: string) =>
		each(
			brought,
			(i) =>
				`		kv[(local + ${i * THREADS}u) / ${quads}u * ${stride}u + local % ${quads}u] = ${name}${i};`
		);
	return /* wgsl */ `
${PASS}

@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4f>;
@group(0) @binding(3) var<storage, read> values: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> pastKeys: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> pastValues: array<vec4f>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
${split ? '@group(0) @binding(8) var<storage, read_write> ends: array<vec2f>;' : ''}

const HIDDEN = -3.0e38;

var<workgroup> query: array<vec4f, ${rows * quads}>;
var<workgroup> kv: array<vec4f, ${COLUMNS * stride}>;
var<workgroup> score: array<f32, ${rows * COLUMNS}>;
var<workgroup> most: array<f32, ${rows}>;

@compute @workgroup_size(${THREADS})
fn main(
	@builtin(workgroup_id) group: vec3u,
	@builtin(num_workgroups) groups: vec3u,
	@builtin(local_invocation_index) local: u32
) {
	let head = group.x;
	let first = group.y * ${cut.slots}u;
	let last = sizes.slots - 1u;
	for (var i = local; i < ${rows * quads}u; i += ${THREADS}u) {
		let r = i / ${quads}u;
		let slot = min(first + r / ${groups}u, last);
		let at = slot * ${width}u + (r % ${groups}u * ${kvHeads}u + head) * ${headSize}u;
		query[i] = queries[at / 4u + i % ${quads}u] * ${1 / Math.sqrt(headSize)};
	}
	if (local < ${rows}u) { most[local] = HIDDEN; }
	if (group.z == 0u) {
		for (var i = local; i < ${cut.slots * quads}u; i += ${THREADS}u) {
			let slot = first + i / ${quads}u;
			let to = sizes.shown + slot;
			if (slot >= sizes.chain || to >= sizes.columns) { break; }
			let at = (head * sizes.columns + to) * ${quads}u + i % ${quads}u;
			let source = (slot * ${kvHeads}u + head) * ${quads}u + i % ${quads}u;
			pastKeys[at] = keys[source];
			pastValues[at] = values[source];
		}
	}

	let column = local % ${COLUMNS}u;
	let scoring = local / ${COLUMNS}u * ${scored}u;
	let place = local % ${headSize}u;
	let summing = local / ${headSize}u * ${summed}u;
${each(summed, (i) => `	var sum${i} = 0.0;\n	var total${i} = 0.0;\n	var before${i} = HIDDEN;`)}

	let pastTiles = (sizes.shown + ${COLUMNS - 1}u) / ${COLUMNS}u;
	let tiles = pastTiles + (sizes.slots + ${COLUMNS - 1}u) / ${COLUMNS}u;
	let share = (tiles + groups.z - 1u) / groups.z;
	let end = min(tiles, (group.z + 1u) * share);
	for (var tile = group.z * share; tile < end; tile++) {
		let isPast = tile < pastTiles;
		let start = select(tile - pastTiles, tile, isPast) * ${COLUMNS}u;
		let limit = select(sizes.slots, sizes.shown, isPast);
${each(brought, (i) => `		let c${i} = min(start + (local + ${i * THREADS}u) / ${quads}u, limit - 1u);\n		var k${i}: vec4f;\n		var v${i}: vec4f;`)}
		if (isPast) {
${each(brought, (i) => `			let at${i} = (head * sizes.columns + c${i}) * ${quads}u + local % ${quads}u;\n			k${i} = pastKeys[at${i}];\n			v${i} = pastValues[at${i}];`)}
		} else {
${each(brought, (i) => `			let at${i} = (c${i} * ${kvHeads}u + head) * ${quads}u + local % ${quads}u;\n			k${i} = keys[at${i}];\n			v${i} = values[at${i}];`)}
		}
		workgroupBarrier();
${put('k')}
		workgroupBarrier();

${each(scored, (i) => `		var dot${i} = 0.0;`)}
		for (var i = 0u; i < ${quads}u; i++) {
			let k = kv[column * ${stride}u + i];
${each(scored, (i) => `			dot${i} += dot(k, query[min(scoring + ${i}u, ${rows - 1}u) * ${quads}u + i]);`)}
		}
${each(
	scored,
	(i) => `		if (scoring + ${i}u < ${rows}u) {
			let slot = min(first + (scoring + ${i}u) / ${groups}u, last);
			var value = dot${i};
			if (!isPast) { value += bias[slot * (sizes.columns + sizes.slots) + sizes.columns + min(start + column, last)]; }
			score[(scoring + ${i}u) * ${COLUMNS}u + column] = select(HIDDEN, value, start + column < limit);
		}`
)}
		workgroupBarrier();

${put('v')}
		if (local < ${rows}u) {
			var highest = most[local];
			for (var j = 0u; j < ${COLUMNS}u; j++) { highest = max(highest, score[local * ${COLUMNS}u + j]); }
			most[local] = highest;
		}
		workgroupBarrier();

${each(
	scored,
	(i) => `		if (scoring + ${i}u < ${rows}u) {
			let at = (scoring + ${i}u) * ${COLUMNS}u + column;
			score[at] = exp(score[at] - most[scoring + ${i}u]);
		}`
)}
${each(
	summed,
	(i) => `		let row${i} = min(summing + ${i}u, ${rows - 1}u);
		let fade${i} = exp(before${i} - most[row${i}]);
		before${i} = most[row${i}];
		sum${i} *= fade${i};
		total${i} *= fade${i};`
)}
		workgroupBarrier();

		for (var c = 0u; c < ${COLUMNS}u; c++) {
			let value = kv[c * ${stride}u + place / 4u][place % 4u];
${each(
	summed,
	(i) => `			let share${i} = score[row${i} * ${COLUMNS}u + c];
			sum${i} += share${i} * value;
			total${i} += share${i};`
)}
		}
	}

${each(
	summed,
	(i) => `	if (summing + ${i}u < ${rows}u) {
		let r = summing + ${i}u;
		let slot = first + r / ${groups}u;
		if (slot <= last) {
			let row = slot * ${heads}u + r % ${groups}u * ${kvHeads}u + head;
${
	split
		? `			let at = group.z * (arrayLength(&ends) / groups.z) + row;
			out[at * ${headSize}u + place] = sum${i};
			if (place == 0u) { ends[at] = vec2f(before${i}, total${i}); }`
		: `			out[row * ${headSize}u + place] = sum${i} / total${i};`
}
		}
	}`
)}
}
`;
}

/** WGSL that joins the parts of `attentionShader`, a workgroup for each slot that there is room for, and query head: out as queries. */
export function joinShader({ groups, kvHeads, headSize }: AttentionShape): string {
	return /* wgsl */ `
${PASS}

@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> ends: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(${headSize})
fn main(
	@builtin(workgroup_id) group: vec3u,
	@builtin(num_workgroups) groups: vec3u,
	@builtin(local_invocation_index) place: u32
) {
	let rows = groups.x;
	if (group.x >= sizes.slots * ${groups * kvHeads}u) { return; }
	let all = arrayLength(&ends);
	var most = -3.0e38;
	for (var at = group.x; at < all; at += rows) { most = max(most, ends[at].x); }
	var sum = 0.0;
	var total = 0.0;
	for (var at = group.x; at < all; at += rows) {
		let share = exp(ends[at].x - most);
		sum += share * parts[at * ${headSize}u + place];
		total += share * ends[at].y;
	}
	out[group.x * ${headSize}u + place] = sum / total;
}
`;
}
