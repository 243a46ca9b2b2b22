/** Columns of keys that are in workgroup memory at a time. */
const COLUMNS = 32;
const THREADS = 128;

/** Sizes of the attention of one layer. */
export interface AttentionShape {
	/** Query heads that share a key and value head. */
	readonly groups: number;
	readonly kvHeads: number;
	/** A divisor of 128. */
	readonly headSize: number;
	/** Slots that one workgroup computes. */
	readonly slots: number;
}

/** Slots a workgroup: more of them share the keys they read, fewer make more workgroups. */
export const slotsPerGroup = (slots: number): number => (slots <= 4 ? 1 : 4);

/**
 * WGSL of attention over the shown columns of the cache, which every slot sees, and over the pass's own slots, which
 * the additive mask [slots, columns + slots] lets through. Nothing is read of columns that are not shown.
 *
 * A workgroup takes some slots and one key head, with all query heads that share it, and walks over the
 * columns, 32 at a time: scores, their softmax with a running maximum (Milakov and Gimelshein 2018; Dao et al.
 * 2022), and the weighted sum of the values.
 *
 * queries [slots, groups, kvHeads, headSize]; keys and values of the slots [slots, kvHeads, headSize], of the
 * cache [kvHeads, columns, headSize]; out as queries.
 */
export function attentionShader({ groups, kvHeads, headSize, slots }: AttentionShape): string {
	const rows = groups * slots;
	const width = groups * kvHeads * headSize;
	const quads = headSize / 4;
	/** Rows that a thread scores for one column. */
	const scored = Math.ceil(rows / (THREADS / COLUMNS));
	/** Rows that a thread sums for one place of the head. */
	const lanes = THREADS / headSize;
	const summed = Math.ceil(rows / lanes);
	const each = (n: number, line: (i: number) => string) =>
		Array.from({ length: n }, (_, i) => line(i)).join('\n');
	/** Keys stand a little apart, so that threads that read the same place of 32 keys do not queue for one bank. */
	const stride = quads + 1;
	return /* wgsl */ `
struct Pass { slots: u32, rows: u32, columns: u32, shown: u32 }

@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4f>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> pastKeys: array<vec4f>;
@group(0) @binding(5) var<storage, read> pastValues: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;

const HIDDEN = -3.0e38;

var<workgroup> query: array<vec4f, ${rows * quads}>;
var<workgroup> key: array<vec4f, ${COLUMNS * stride}>;
var<workgroup> score: array<f32, ${rows * COLUMNS}>;
var<workgroup> share: array<f32, ${rows * COLUMNS}>;
var<workgroup> most: array<f32, ${rows}>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
	let head = group.x;
	let first = group.y * ${slots}u;
	let last = sizes.slots - 1u;
	for (var i = local; i < ${rows * quads}u; i += ${THREADS}u) {
		let r = i / ${quads}u;
		let slot = min(first + r / ${groups}u, last);
		let at = slot * ${width}u + (r % ${groups}u * ${kvHeads}u + head) * ${headSize}u;
		query[i] = queries[at / 4u + i % ${quads}u] * ${1 / Math.sqrt(headSize)};
	}

	let column = local % ${COLUMNS}u;
	let scoring = local / ${COLUMNS}u * ${scored}u;
	let place = local % ${headSize}u;
	let summing = local / ${headSize}u * ${summed}u;
${each(scored, (i) => `	var highest${i} = HIDDEN;`)}
${each(summed, (i) => `	var sum${i} = 0.0;\n	var total${i} = 0.0;\n	var before${i} = HIDDEN;`)}

	let pastTiles = (sizes.shown + ${COLUMNS - 1}u) / ${COLUMNS}u;
	let tiles = pastTiles + (sizes.slots + ${COLUMNS - 1}u) / ${COLUMNS}u;
	for (var tile = 0u; tile < tiles; tile++) {
		let isPast = tile < pastTiles;
		let start = select(tile - pastTiles, tile, isPast) * ${COLUMNS}u;
		let end = select(sizes.slots, sizes.shown, isPast);
		let width = min(end - start, ${COLUMNS}u);
		for (var i = local; i < ${COLUMNS * quads}u; i += ${THREADS}u) {
			let c = min(start + i / ${quads}u, end - 1u);
			var value: vec4f;
			if (isPast) {
				value = pastKeys[(head * sizes.columns + c) * ${quads}u + i % ${quads}u];
			} else {
				value = keys[(c * ${kvHeads}u + head) * ${quads}u + i % ${quads}u];
			}
			key[i / ${quads}u * ${stride}u + i % ${quads}u] = value;
		}
		workgroupBarrier();

${each(scored, (i) => `		var dot${i} = 0.0;`)}
		for (var i = 0u; i < ${quads}u; i++) {
			let k = key[column * ${stride}u + i];
${each(scored, (i) => `			dot${i} += dot(k, query[min(scoring + ${i}u, ${rows - 1}u) * ${quads}u + i]);`)}
		}
${each(
	scored,
	(i) => `		if (scoring + ${i}u < ${rows}u) {
			let slot = min(first + (scoring + ${i}u) / ${groups}u, last);
			var value = dot${i};
			if (!isPast) { value += bias[slot * (sizes.columns + sizes.slots) + sizes.columns + min(start + column, last)]; }
			score[(scoring + ${i}u) * ${COLUMNS}u + column] = select(HIDDEN, value, column < width);
		}`
)}
		workgroupBarrier();

${each(
	scored,
	(i) => `		if (scoring + ${i}u < ${rows}u) {
			let r = scoring + ${i}u;
			for (var j = 0u; j < ${COLUMNS}u; j++) { highest${i} = max(highest${i}, score[r * ${COLUMNS}u + j]); }
			share[r * ${COLUMNS}u + column] = exp(score[r * ${COLUMNS}u + column] - highest${i});
			if (column == 0u) { most[r] = highest${i}; }
		}`
)}
		workgroupBarrier();

${each(
	summed,
	(i) => `		let now${i} = most[min(summing + ${i}u, ${rows - 1}u)];
		let fade${i} = exp(before${i} - now${i});
		before${i} = now${i};
		sum${i} *= fade${i};
		total${i} *= fade${i};`
)}
		for (var c = 0u; c < width; c++) {
			var value: f32;
			if (isPast) {
				value = pastValues[(head * sizes.columns + start + c) * ${headSize}u + place];
			} else {
				value = values[((start + c) * ${kvHeads}u + head) * ${headSize}u + place];
			}
${each(
	summed,
	(i) => `			let share${i} = share[min(summing + ${i}u, ${rows - 1}u) * ${COLUMNS}u + c];
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
			out[slot * ${width}u + (r % ${groups}u * ${kvHeads}u + head) * ${headSize}u + place] = sum${i} / total${i};
		}
	}`
)}
}
`;
}
