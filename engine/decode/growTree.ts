import type { LayoutSpec } from '../mask/index.ts';
import type { Prediction } from './forward.ts';

/** Candidates of a step, numbered from 1 in the order of their probability, parents before children. */
export interface Tree {
	readonly spec: LayoutSpec;
	/** One a node. */
	readonly tokens: readonly number[];
	/** Of each node under the diffusion half, given that the one before it is right. */
	readonly probabilities: readonly number[];
}

interface TreeLimits {
	/** Slots of the step at most: nodes and the masks behind them. */
	readonly budget: number;
	/** Masks of a block. */
	readonly k: number;
	/** Positions left in the cache. */
	readonly room: number;
}

/**
 * What drafts are worth in the step after this one, in tokens, a whole number: where the path ends at a node without a block, they
 * are missing. A chain of TiDAR's gains about this much over plain decoding.
 */
const WORTH = 1;

/** A node's chance is counted in so many parts, and a probability in WHOLE_SHARE parts: whole numbers. */
export const WHOLE = 400_000;
export const WHOLE_SHARE = 10_000;

/** Parts of a probability; the little that is added is what a decimal number may lack as a double. */
const shareOf = (probability: number) => Math.floor(probability * WHOLE_SHARE + 1e-6);

/**
 * The tree of a step: which candidates to test, and behind which of them to put masks.
 *
 * A candidate is right with about the product of the probabilities on its path, and then adds one token.
 * Best first therefore gives the most tokens for a number of nodes (candidates of a position: those that
 * a prediction lists). Masks behind a node are worth something if the path ends there: the node is right and none of its
 * children is. Of all splits of the budget into nodes and blocks the one that promises most is taken, of equal ones
 * that with fewer nodes; a candidate without a chance is none.
 *
 * It counts in whole numbers that 32 bits hold, so that a device which grows the next tree by itself (engine/runtime/ahead)
 * comes to the very same one.
 *
 * @param guesses the diffusion half's predictions of the root's position and the following ones; of the
 *   root's only the place counts. Empty where there was no block.
 */
export function growTree(root: number, guesses: readonly Prediction[], limits: TreeLimits): Tree {
	const { budget, k, room } = limits;
	const nodes = bestFirst(root, guesses, Math.max(1, budget), room);
	const lengthAt = (depth: number) => Math.max(0, Math.min(k, room - depth - 1));
	let best: { promise: number; count: number; blocks: ReadonlySet<number> } | undefined;
	let tested = 0;
	/** Chance that the path ends at a node, of the tree of the first `count` nodes. */
	const ends: number[] = [];
	for (const [i, node] of nodes.entries()) {
		const count = i + 1;
		tested += node.chance;
		ends.push(node.chance);
		if (node.parent > 0) ends[node.parent - 1]! -= node.chance;
		let left = budget - count;
		const blocks = new Set<number>();
		let promise = tested;
		for (const at of Array.from(ends.keys()).sort((a, b) => ends[b]! - ends[a]! || a - b)) {
			const length = lengthAt(nodes[at]!.depth);
			if (length === 0 || length > left) continue;
			left -= length;
			blocks.add(at);
			promise += WORTH * Math.max(0, ends[at]!);
		}
		if (!best || promise > best.promise) best = { promise, count, blocks };
	}
	const { count, blocks } = best!;
	const chosen = nodes.slice(0, count);
	return {
		spec: {
			prompt: 0,
			parents: chosen.map(({ parent }) => parent),
			blocks: [0, ...chosen.map(({ depth }, at) => (blocks.has(at) ? lengthAt(depth) : 0))]
		},
		tokens: chosen.map(({ token }) => token),
		probabilities: chosen.map(({ probability }) => probability)
	};
}

interface Node {
	/** Number of the parent, from 1; 0 for the root. */
	readonly parent: number;
	readonly depth: number;
	/** Place among the candidates of its position. */
	readonly rank: number;
	readonly token: number;
	/** Given that its parent is right. */
	readonly probability: number;
	/** That it and all before it are right, in parts of WHOLE. */
	readonly chance: number;
}

/** The likeliest nodes below and with a root that is certain, likeliest first. */
function bestFirst(
	root: number,
	guesses: readonly Prediction[],
	count: number,
	room: number
): Node[] {
	const nodes: Node[] = [];
	const open: Node[] = [
		{ parent: 0, depth: 0, rank: 0, token: root, probability: 1, chance: WHOLE }
	];
	const propose = (parent: number, depth: number, rank: number, before: number) => {
		const guess = guesses[depth];
		const token = guess?.tokens[rank];
		if (token === undefined || depth >= room) return;
		const probability = guess!.probabilities[rank]!;
		const chance = Math.floor((before * shareOf(probability)) / WHOLE_SHARE);
		if (chance > 0) open.push({ parent, depth, rank, token, probability, chance });
	};
	while (nodes.length < count && open.length > 0) {
		let likeliest = 0;
		open.forEach(({ chance }, i) => {
			if (chance > open[likeliest]!.chance) likeliest = i;
		});
		const [node] = open.splice(likeliest, 1) as [Node];
		nodes.push(node);
		propose(nodes.length, node.depth + 1, 0, node.chance);
		if (node.depth > 0) {
			propose(node.parent, node.depth, node.rank + 1, nodes[node.parent - 1]!.chance);
		}
	}
	return nodes;
}
