/**
 * Where the token slots of one forward pass lie, and who sees whom.
 *
 * A pass computes q slots on top of n cached positions, in this order: prompt tokens, drafts, blocks.
 *
 *     prompt   causal: each sees the cache and the prompt up to itself
 *     drafts   a tree: each sees the cache, the prompt, its ancestors and itself
 *     blocks   masks: each sees what the draft before its block sees, and all masks of its own block
 *
 * TiDAR's step is the chain of k drafts with a block of k masks behind each of them; its prefill is a
 * prompt with one block behind it; plain autoregression is one draft without blocks. A candidate
 * tree gives drafts other parents; a diffusion canvas is one block. Nothing else is special.
 *
 * Source of the rules: Liu et al., TiDAR, arXiv 2511.08923, section 3.
 */

export type Region = 'prefix' | 'draft' | 'mask';

/** What a pass computes, as data small enough to be stored with every step. */
export interface LayoutSpec {
	/** Number of prompt tokens encoded in this pass. */
	readonly prompt: number;
	/** parents[i-1] is the parent of draft i: an earlier draft, or 0 for the prompt or the cache. */
	readonly parents: readonly number[];
	/** blocks[j] is the number of masks behind draft j; blocks[0] stands behind the prompt. */
	readonly blocks: readonly number[];
}

/** A token position computed in a pass. */
export interface Slot {
	readonly region: Region;
	/** Its position is the cache length plus this. */
	readonly offset: number;
	/** The last slot before it that it sees, by index in the pass; -1 where that lies in the cache. */
	readonly parent: number;
	/** Draft: its number, from 1. Mask: its place in its block, from 1. Prompt token: its place, from 1. */
	readonly number: number;
	/** Mask: the draft that its block stands behind, 0 for the prompt. Others: -1. */
	readonly block: number;
}

export interface Layout {
	readonly spec: LayoutSpec;
	readonly slots: readonly Slot[];
}

/**
 * TiDAR's step: a chain of drafts with a block of k masks behind each. With k drafts, as nearly
 * always, that makes q = k + k·k slots (k = 8: 72). What would lie beyond the `room` positions left in
 * the cache is cut.
 */
export function tidarSpec(k: number, drafts = k, room = Infinity): LayoutSpec {
	const chain = Math.min(drafts, room);
	return {
		prompt: 0,
		parents: Array.from({ length: chain }, (_, i) => i),
		blocks: [0, ...Array.from({ length: chain }, (_, i) => cut(k, room - (i + 1)))]
	};
}

/** The pass that encodes a prompt of n tokens, with one block of k masks behind it. */
export function prefillSpec(prompt: number, k: number, room = Infinity): LayoutSpec {
	return { prompt, parents: [], blocks: [cut(k, room - prompt)] };
}

/** One token, no masks: a step of plain autoregressive decoding. */
export const arSpec: LayoutSpec = { prompt: 0, parents: [0], blocks: [0, 0] };

/** A chain of n tokens, no masks: what a verifier checks, or a drafter reads, in one pass. */
export const chainSpec = (n: number): LayoutSpec => tidarSpec(0, n);

/** A block of k masks, less what would pass the last position of the cache. */
const cut = (k: number, room: number) => Math.max(0, Math.min(k, room));

/**
 * The slots of a pass.
 * @throws RangeError where a draft's parent is not an earlier draft, or a length is not a whole number ≥ 0.
 */
export function layout(spec: LayoutSpec): Layout {
	check(spec);
	const slots: Slot[] = [];
	for (let i = 0; i < spec.prompt; i++) {
		slots.push({ region: 'prefix', offset: i, parent: i - 1, number: i + 1, block: -1 });
	}
	const slotOf = (draft: number) => spec.prompt + draft - 1;
	const offsetOf = (draft: number) => slots[slotOf(draft)]?.offset ?? -1;
	spec.parents.forEach((parent, i) => {
		slots.push({
			region: 'draft',
			offset: offsetOf(parent) + 1,
			parent: slotOf(parent),
			number: i + 1,
			block: -1
		});
	});
	spec.blocks.forEach((length, draft) => {
		const parent = slotOf(draft);
		const first = offsetOf(draft) + 1;
		for (let i = 0; i < length; i++) {
			slots.push({ region: 'mask', offset: first + i, parent, number: i + 1, block: draft });
		}
	});
	return { spec, slots };
}

/**
 * The slots of the same pass that each slot sees, in ascending order, itself included. The cached
 * prefix, which every slot sees, is not listed.
 */
export function visible({ slots }: Layout): number[][] {
	const blocks = new Map<number, number[]>();
	slots.forEach(({ region, block }, index) => {
		if (region !== 'mask') return;
		const members = blocks.get(block);
		if (members) members.push(index);
		else blocks.set(block, [index]);
	});
	return slots.map((slot, index) => {
		const seen = slot.region === 'mask' ? [...blocks.get(slot.block)!] : [index];
		for (let at = slot.parent; at >= 0; at = slots[at]!.parent) seen.push(at);
		return seen.sort((a, b) => a - b);
	});
}

/** The slot of draft j, from 1; for j = 0 the last prompt slot, -1 where there is no prompt. */
export const slotOfDraft = ({ spec }: Layout, draft: number): number => spec.prompt + draft - 1;

/** The mask slots of the block behind draft j, in order; empty where the block was cut. */
export function slotsOfBlock({ spec }: Layout, draft: number): number[] {
	let first = spec.prompt + spec.parents.length;
	for (let j = 0; j < draft; j++) first += spec.blocks[j] ?? 0;
	return Array.from({ length: spec.blocks[draft] ?? 0 }, (_, i) => first + i);
}

function check({ prompt, parents, blocks }: LayoutSpec): void {
	const whole = (n: number) => Number.isInteger(n) && n >= 0;
	if (!whole(prompt) || !blocks.every(whole)) {
		throw new RangeError(
			'Layout: the numbers of prompt tokens and of masks must be whole and not negative.'
		);
	}
	if (blocks.length > parents.length + 1) {
		throw new RangeError(
			`Layout: ${blocks.length} blocks, but only ${parents.length} drafts to stand behind.`
		);
	}
	parents.forEach((parent, i) => {
		if (!whole(parent) || parent > i) {
			throw new RangeError(
				`Layout: draft ${i + 1} has parent ${parent}, which is not an earlier draft.`
			);
		}
	});
}
