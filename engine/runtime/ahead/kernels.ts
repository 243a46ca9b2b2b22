import type { Chain } from './guess.ts';

const THREADS = 64;
/** Weights of the embedding that share one scale. */
const BLOCK = 32;

/** 32-bit words of the record of a pass: positions before it, slots kept of the pass before it, its drafts. */
export const recordWords = ({ drafts }: Chain): number => 2 + drafts;

/**
 * WGSL that decides a greedy step and writes the next pass: one workgroup.
 *
 * before, after: records of the two passes; top: the rows that TopKernel wrote for all slots of the pass
 * that ran, of `topWords` words each, the likeliest token first; sizes: uniforms of the fused kernels, of
 * which the number of shown columns changes; plan: CommitKernel's; positions: rows of `stride` pairs of words.
 */
export function advanceShader({ drafts, masks }: Chain, topWords: number, stride: number): string {
	const slots = drafts * (1 + masks);
	const offset =
		masks === 0
			? 'slot'
			: `select((slot - ${drafts}u) / ${masks}u + 1u + (slot - ${drafts}u) % ${masks}u, slot, slot < ${drafts}u)`;
	return /* wgsl */ `
@group(0) @binding(0) var<storage, read> before: array<u32>;
@group(0) @binding(1) var<storage, read> top: array<u32>;
@group(0) @binding(2) var<storage, read_write> after: array<u32>;
@group(0) @binding(3) var<storage, read_write> sizes: array<u32>;
@group(0) @binding(4) var<storage, read_write> plan: array<u32>;
@group(0) @binding(5) var<storage, read_write> positions: array<u32>;

var<workgroup> kept: u32;

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) local: u32) {
	let start = before[0];
	if (local == 0u) {
		var count = 1u;
		while (count < ${drafts}u && top[(count - 1u) * ${topWords}u] == before[2u + count]) { count++; }
		kept = count;
		after[0] = start + count;
		after[1] = count;
		sizes[3] = start + count;
		plan[0] = start;
		plan[1] = count;
	}
	workgroupBarrier();
	for (var i = local; i < ${drafts}u; i += ${THREADS}u) {
		let slot = select(${drafts}u + (kept - 1u) * ${masks}u + i, kept - 1u, i == 0u);
		after[2u + i] = top[slot * ${topWords}u];
		plan[4u + i] = i;
	}
	for (var slot = local; slot < ${slots}u; slot += ${THREADS}u) {
		positions[slot * ${2 * stride}u] = start + kept + ${offset};
	}
}
`;
}

/** WGSL that looks up embeddings: of the drafts in the record, and of the mask token for all other slots. */
export function embedShader({ drafts, masks }: Chain, width: number, mask: number): string {
	const slots = drafts * (1 + masks);
	return /* wgsl */ `
@group(0) @binding(0) var<storage, read> record: array<u32>;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
	if (id.x >= ${slots * width}u) { return; }
	let slot = id.x / ${width}u;
	var token = ${mask}u;
	if (slot < ${drafts}u) { token = record[2u + slot]; }
	let at = token * ${width}u + id.x % ${width}u;
	let byte = (values[at / 4u] >> (at % 4u * 8u)) & 255u;
	x[id.x] = (f32(byte) - 128.0) * scales[at / ${BLOCK}u];
}
`;
}

/** Workgroups of `embedShader`. */
export const embedGroups = ({ drafts, masks }: Chain, width: number): number =>
	Math.ceil((drafts * (1 + masks) * width) / THREADS);
