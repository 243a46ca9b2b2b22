import { TOP, WHOLE, WHOLE_SHARE, type Grows } from '../../decode/index.ts';
import { HIDDEN } from '../../mask/index.ts';
import { HEAD, type Commit, type Course, type Followed } from './course.ts';

const THREADS = 128;
/** Slots of a tree that fit the kernel's workgroup memory, and its numbers. */
const MOST = 256;

/** The course of a pass whose decoder grows trees; undefined where the device cannot. */
export function treeOf({ spec, grows }: Followed): TreeCourse | undefined {
	if (!grows || grows.slots > MOST || spec.prompt > 0 || (spec.blocks[0] ?? 0) > 0)
		return undefined;
	const whole = spec.blocks.every((masks) => masks === 0 || masks === grows.k);
	return whole ? new TreeCourse(grows) : undefined;
}

/**
 * The steps of greedy `tidarTree`. Records: head; the path, which is the slots kept of the pass before; then one
 * word each for as many drafts as there may be: token, number of its parent (0: none), masks behind it.
 */
export class TreeCourse implements Course {
	readonly key: string;
	readonly slots: number;
	readonly most: number;
	readonly words: number;
	readonly tokensAt: number;
	readonly varies = true;

	constructor({ slots, k }: Grows) {
		this.key = `tree ${slots} ${k}`;
		this.slots = slots;
		this.most = k;
		this.tokensAt = HEAD + k;
		this.words = this.tokensAt + 3 * slots;
	}

	advance(topWords: number, stride: number): string {
		return growShader(this, topWords, stride);
	}

	record({ spec, tokens, start }: Followed): Uint32Array {
		const { slots, tokensAt } = this;
		const record = new Uint32Array(this.words);
		const drafts = spec.parents.length;
		record.set([start, 0, drafts, tokens.length]);
		record.set(tokens.slice(0, drafts), tokensAt);
		record.set(spec.parents, tokensAt + slots);
		record.set(spec.blocks.slice(1), tokensAt + 2 * slots);
		return record;
	}

	holds(record: Uint32Array, pass: Followed, { slots: kept }: Commit): boolean {
		const wanted = this.record(pass);
		const drafts = pass.spec.parents.length;
		const same = (from: number, length: number) =>
			wanted.subarray(from, from + length).every((word, i) => word === record[from + i]);
		return (
			record[0] === wanted[0] &&
			record[1] === kept.length &&
			kept.every((slot, i) => record[HEAD + i] === slot) &&
			same(2, 2) &&
			[0, 1, 2].every((list) => same(this.tokensAt + list * this.slots, drafts))
		);
	}
}

/**
 * WGSL of `tidarTree`'s greedy step: walks down the tree that ran, then grows the next one as `growTree` does, in the
 * same whole numbers and with the same choice among equals, and writes its tokens, positions and mask.
 *
 * Candidates wait in `open`, in the order in which they were found; the likeliest is found by all threads at once,
 * by a number that holds chance and place. After each node that joins, all threads rank the chances that
 * the path ends there, of which as many get a block as have room.
 */
function growShader({ slots, most, tokensAt }: TreeCourse, topWords: number, stride: number) {
	const parents = tokensAt + slots;
	const blocks = parents + slots;
	return /* wgsl */ `
@group(0) @binding(0) var<storage, read> before: array<u32>;
@group(0) @binding(1) var<storage, read> top: array<u32>;
@group(0) @binding(2) var<storage, read_write> after: array<u32>;
@group(0) @binding(3) var<storage, read_write> sizes: array<u32>;
@group(0) @binding(4) var<storage, read_write> plan: array<u32>;
@group(0) @binding(5) var<storage, read_write> positions: array<u32>;
@group(0) @binding(6) var<storage, read_write> mask: array<f32>;

const SLOTS = ${slots}u;
const K = ${most}u;
const TOP = ${TOP}u;
const ROW = ${topWords}u;
const THREADS = ${THREADS}u;
const NONE = 0xffffffffu;
/** More than there are candidates. */
const PLACES = ${4 * MOST}u;

/** A candidate: number of its parent (0: none), depth, rank among those of its position, chance. */
struct Node { parent: u32, depth: u32, rank: u32, chance: u32 }

var<workgroup> kept: u32;
/** The token behind the path, and the first slot of the block there; NONE where there is none. */
var<workgroup> root: u32;
var<workgroup> guesses: u32;
var<workgroup> share: array<u32, K * TOP>;
var<workgroup> open: array<Node, 2u * SLOTS>;
var<workgroup> found: u32;
var<workgroup> likeliest: atomic<u32>;
var<workgroup> chosen: u32;
var<workgroup> nodes: array<Node, SLOTS>;
/** Chance that the path ends at a node. */
var<workgroup> ends: array<i32, SLOTS>;
var<workgroup> promise: atomic<u32>;
var<workgroup> best: u32;
var<workgroup> size: u32;
/** Nodes with a block, then the number of the first mask behind each node. */
var<workgroup> owner: array<u32, SLOTS>;
var<workgroup> blocked: array<u32, SLOTS>;

/** As 'prediction' rounds probabilities, to four digits, in parts. */
fn shareOf(p: f32) -> u32 {
	if (p >= 0.1) { return u32(p * 1e4 + 0.5); }
	if (p >= 0.01) { return u32(p * 1e5 + 0.5) / 10u; }
	if (p >= 0.001) { return u32(p * 1e6 + 0.5) / 100u; }
	return u32(p * 1e7 + 0.5) / 1000u;
}

fn propose(parent: u32, depth: u32, rank: u32, chance: u32) {
	if (depth >= K || rank >= TOP) { return; }
	let product = chance * share[depth * TOP + rank] / ${WHOLE_SHARE}u;
	if (product == 0u) { return; }
	open[found] = Node(parent, depth, rank, product);
	found++;
}

/** How many of the first nodes end a path more likely than this one. */
fn rankOf(node: u32, count: u32) -> u32 {
	var rank = 0u;
	for (var other = 0u; other < count; other++) {
		let ahead = ends[other] > ends[node] || (ends[other] == ends[node] && other < node);
		rank += select(0u, 1u, ahead);
	}
	return rank;
}

fn blocksOf(count: u32) -> u32 { return min(count, (SLOTS - count) / K); }

fn walk() {
	var node = 0u;
	var count = 0u;
	let drafts = before[2];
	loop {
		plan[4u + count] = node;
		after[${HEAD}u + count] = node;
		count++;
		root = top[node * ROW];
		var right = NONE;
		for (var child = node + 1u; child < drafts; child++) {
			if (before[${parents}u + child] == node + 1u && before[${tokensAt}u + child] == root) {
				right = child;
				break;
			}
		}
		if (right == NONE || count == K) { break; }
		node = right;
	}
	kept = count;
	var first = drafts;
	for (var i = 0u; i < node; i++) { first += before[${blocks}u + i]; }
	guesses = select(NONE, first, before[${blocks}u + node] > 0u);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) local: u32) {
	let start = before[0];
	if (local == 0u) {
		walk();
		open[0] = Node(0u, 0u, 0u, ${WHOLE}u);
		found = 1u;
		best = 0u;
	}
	let guessed = workgroupUniformLoad(&guesses);
	for (var i = local; i < K * TOP; i += THREADS) {
		share[i] = 0u;
		if (guessed != NONE) {
			let row = (guessed + i / TOP) * ROW;
			let logit = bitcast<f32>(top[row + TOP + i % TOP]);
			let largest = bitcast<f32>(top[row + 2u * TOP]);
			share[i] = shareOf(exp(logit - largest) / bitcast<f32>(top[row + 2u * TOP + 1u]));
		}
	}
	workgroupBarrier();

	var tested = 0u;
	for (var count = 1u; count <= SLOTS; count++) {
		if (local == 0u) {
			atomicStore(&likeliest, 0u);
			atomicStore(&promise, 0u);
		}
		workgroupBarrier();
		for (var i = local; i < found; i += THREADS) {
			if (open[i].chance > 0u) { atomicMax(&likeliest, open[i].chance * PLACES + PLACES - 1u - i); }
		}
		workgroupBarrier();
		if (local == 0u) {
			let most = atomicLoad(&likeliest);
			chosen = select(PLACES - 1u - most % PLACES, NONE, most == 0u);
		}
		let next = workgroupUniformLoad(&chosen);
		if (next == NONE) { break; }
		if (local == 0u) {
			let node = open[next];
			open[next].chance = 0u;
			nodes[count - 1u] = node;
			ends[count - 1u] = i32(node.chance);
			tested += node.chance;
			propose(count, node.depth + 1u, 0u, node.chance);
			if (node.parent > 0u) {
				ends[node.parent - 1u] -= i32(node.chance);
				propose(node.parent, node.depth, node.rank + 1u, nodes[node.parent - 1u].chance);
			}
		}
		workgroupBarrier();
		for (var i = local; i < count; i += THREADS) {
			if (ends[i] > 0 && rankOf(i, count) < blocksOf(count)) { atomicAdd(&promise, u32(ends[i])); }
		}
		workgroupBarrier();
		if (local == 0u && tested + atomicLoad(&promise) > best) {
			best = tested + atomicLoad(&promise);
			size = count;
		}
	}

	let count = workgroupUniformLoad(&size);
	for (var i = local; i < count; i += THREADS) {
		var end = i32(nodes[i].chance);
		for (var child = i + 1u; child < count; child++) {
			if (nodes[child].parent == i + 1u) { end -= i32(nodes[child].chance); }
		}
		ends[i] = end;
	}
	workgroupBarrier();
	for (var i = local; i < count; i += THREADS) {
		blocked[i] = select(0u, K, rankOf(i, count) < blocksOf(count));
	}
	workgroupBarrier();
	let slots = count + blocksOf(count) * K;
	let now = start + kept;
	if (local == 0u) {
		var block = 0u;
		for (var i = 0u; i < count; i++) {
			if (blocked[i] > 0u) {
				owner[block] = i;
				block++;
			}
		}
		after[0] = now;
		after[1] = kept;
		after[2] = count;
		after[3] = slots;
		sizes[0] = slots;
		sizes[1] = slots;
		sizes[3] = now;
		plan[0] = start;
		plan[1] = kept;
	}
	workgroupBarrier();
	for (var i = local; i < count; i += THREADS) {
		let node = nodes[i];
		var token = root;
		if (i > 0u) { token = top[(guessed + node.depth) * ROW + node.rank]; }
		after[${tokensAt}u + i] = token;
		after[${parents}u + i] = node.parent;
		after[${blocks}u + i] = blocked[i];
	}
	for (var slot = local; slot < slots; slot += THREADS) {
		var offset = nodes[min(slot, count - 1u)].depth;
		if (slot >= count) { offset = nodes[owner[(slot - count) / K]].depth + 1u + (slot - count) % K; }
		positions[slot * ${2 * stride}u] = now + offset;
	}
	// Of the mask only what the slots see of each other is read.
	let columns = sizes[2];
	for (var i = local; i < slots * slots; i += THREADS) {
		let slot = i / slots;
		let other = i % slots;
		var draft = slot;
		if (slot >= count) { draft = owner[(slot - count) / K]; }
		var seen = slot >= count && other >= count && (other - count) / K == (slot - count) / K;
		for (var up = draft + 1u; up > 0u && other < count; up = nodes[up - 1u].parent) {
			seen = seen || up == other + 1u;
		}
		mask[slot * (columns + slots) + columns + other] = select(${HIDDEN}.0, 0.0, seen);
	}
}
`;
}
