import type { Grows } from '../../decode/index.ts';
import type { LayoutSpec } from '../../mask/index.ts';

/** A pass, as far as it decides the next one. */
export interface Followed {
	readonly spec: LayoutSpec;
	/** One a slot. */
	readonly tokens: readonly number[];
	/** Positions in the cache before it. */
	readonly start: number;
	/** Set where its decoder says that it grows trees. */
	readonly grows?: Grows;
}

/** What a decoder kept of a pass: these slots, in order, at the positions from `at` on. */
export interface Commit {
	readonly slots: readonly number[];
	readonly at: number;
}

/**
 * A way in which passes follow each other that the device knows: kernels of a course decide a greedy step and write
 * the next pass. Each pass has a record on the device: words start, kept, drafts, slots (positions before it, slots kept
 * of the pass before it, what it computes), then the course's own, among them the drafts' tokens.
 */
export interface Course {
	/** Courses of one key have the same kernels and sizes. */
	readonly key: string;
	/** Slots of a pass at most. */
	readonly slots: number;
	/** Slots of a pass that join the cache, at most. */
	readonly most: number;
	/** 32-bit words of a record, and the word where the drafts' tokens begin. */
	readonly words: number;
	readonly tokensAt: number;
	/**
	 * Whether passes differ in their slots. Then the device writes mask and number of slots as well, and may round its way
	 * to another pass than the one that the decoder asks for; otherwise it cannot be wrong.
	 */
	readonly varies: boolean;
	/**
	 * WGSL of one workgroup that decides a step and writes the next pass. Bindings: records of the two passes; the
	 * rows that TopKernel wrote for all slots of the pass that ran, `topWords` words each, the likeliest token first;
	 * uniforms of the fused kernels; CommitKernel's plan; positions, rows of `stride` pairs of words; where passes
	 * differ, the mask.
	 */
	advance(topWords: number, stride: number): string;
	/** The record of a pass that was told its inputs. */
	record(pass: Followed): Uint32Array;
	/** Whether a record is of this pass, after what was kept of the one before. */
	holds(record: Uint32Array, pass: Followed, commit: Commit): boolean;
}

/** Words of a record before the course's own. */
export const HEAD = 4;

/** Threads of `embedShader`. */
const THREADS = 64;
/** Weights of the embedding that share one scale. */
const BLOCK = 32;

/** WGSL that looks up embeddings: of the drafts in the record, and of the mask token for all other slots. */
export function embedShader({ slots, tokensAt }: Course, width: number, mask: number): string {
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
	if (slot < record[2]) { token = record[${tokensAt}u + slot]; }
	let at = token * ${width}u + id.x % ${width}u;
	let byte = (values[at / 4u] >> (at % 4u * 8u)) & 255u;
	x[id.x] = (f32(byte) - 128.0) * scales[at / ${BLOCK}u];
}
`;
}

/** Workgroups of `embedShader`. */
export const embedGroups = ({ slots }: Course, width: number): number =>
	Math.ceil((slots * width) / THREADS);
