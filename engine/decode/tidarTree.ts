import { layout, prefillSpec, slotOfDraft, slotsOfBlock, type LayoutSpec } from '../mask/index.ts';
import { chooser } from './verify.ts';
import type { Forward, Prediction } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step, Verdict } from './step.ts';

/**
 * TiDAR with a candidate tree: the same weights, mask and cache as `tidar`, but the drafts of a step are no chain. A
 * block of masks gives a distribution for each position, and a chain tests only the likeliest token of
 * each. Slots are cheap, so here several candidates are tested in one pass, as the nodes of a tree. The idea of
 * verifying a tree is SpecInfer's (Miao et al., arXiv 2305.09781); that a node brings its own block of
 * masks, so that the next drafts are there wherever the accepted path ends, is TiDAR's.
 *
 * The root is draft 1, the AR half's own token and certain. A node at depth d is a candidate for the position d
 * behind it; it sees the cache, its ancestors and itself, so nodes of one depth share a position and do not
 * see each other. `growTree` chooses nodes and blocks anew each step, within a budget of slots.
 *
 * Verifying walks down from the root. At each node the AR half has predicted the next token: the likeliest one, or at
 * a temperature one that is drawn from its distribution. Where a child holds that token the walk goes on there, else it
 * ends, and the token becomes the next root. Each token is thus the AR half's own choice, made before anybody
 * looks whether a child holds it: greedy output equals that of plain AR decoding, sampled output is distributed as
 * AR sampling, whatever the tree. (For candidates that are not drawn but chosen, as here, accepting each in turn against
 * the residual comes to the same.)
 *
 * Keys and values of the path are kept, in its order. If the walk ends at a node without a block, the next step has
 * no drafts but its root.
 */
export async function* tidarTree(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { k, slots: budget, maxTokens } = settings;
	const { mask, end, capacity } = forward.model;
	const choose = chooser(settings);

	let start = forward.length;
	const prefill = layout(prefillSpec(prompt.length, k, capacity - start));
	const masks = slotsOfBlock(prefill, 0);
	let kept = prompt.map((_, slot) => slot);
	let tokens = [...prompt, ...masks.map(() => mask)];
	const last = prompt.length - 1;
	let pass = await forward.run({ layout: prefill, tokens, predict: [last, ...masks] });
	let root = (await choose.pick(pass, last)).token;
	let guesses = masks.map((slot) => pass.predictions[slot]!);
	let tree = growTree(root, guesses, { budget, k, room: capacity - start - prompt.length });
	forward.keep(kept);
	yield {
		index: 0,
		kind: 'prefill',
		layout: prefill.spec,
		tokens,
		start,
		predictions: pass.predictions,
		verdicts: [],
		emitted: [],
		kept,
		next: { block: 0, drafts: tree.tokens, parents: tree.spec.parents, first: 'bonus' },
		times: pass.times
	};

	const rule = settings.temperature === 0 ? 'greedy' : 'drawn';
	for (let index = 1, count = 0; ; index++) {
		if (signal?.aborted) return 'stopped';
		start = forward.length;
		if (start === capacity) return 'cache-full';
		const { spec } = tree;
		const plan = layout(spec);
		tokens = [...tree.tokens, ...Array<number>(plan.slots.length - tree.tokens.length).fill(mask)];
		pass = await forward.run({ layout: plan, tokens });

		const verdicts: Verdict[] = [{ draft: 1, accepted: true, rule: 'certain' }];
		const path = [1];
		for (;;) {
			const node = path.at(-1)!;
			const slot = slotOfDraft(plan, node);
			root = (await choose.pick(pass, slot)).token;
			const children = spec.parents.flatMap((parent, i) => (parent === node ? [i + 1] : []));
			const right = children.find((child) => tokens[child - 1] === root);
			// Of several candidates that are wrong the likeliest one is named.
			const tested = right ?? children[0];
			if (tested !== undefined) {
				const said = pass.predictions[slot]!;
				const p = said.probabilities[said.tokens.indexOf(tokens[tested - 1]!)];
				const q = tree.probabilities[tested - 1];
				verdicts.push({ draft: tested, accepted: right !== undefined, rule, p, q });
			}
			if (right === undefined) break;
			path.push(right);
		}

		const accepted = path.map((node) => tokens[node - 1]!);
		const stop = accepted.indexOf(end);
		const emitted = accepted.slice(
			0,
			Math.min(stop < 0 ? accepted.length : stop + 1, maxTokens - count)
		);
		count += emitted.length;
		const ending: Ending | undefined =
			emitted.at(-1) === end ? 'end-token' : count >= maxTokens ? 'max-tokens' : undefined;
		kept = path.slice(0, emitted.length).map((node) => slotOfDraft(plan, node));
		const node = path.at(-1)!;
		if (!ending) {
			guesses = slotsOfBlock(plan, node).map((slot) => pass.predictions[slot]!);
			tree = growTree(root, guesses, { budget, k, room: capacity - start - path.length });
		}
		forward.keep(kept);
		yield {
			index,
			kind: 'decode',
			layout: spec,
			tokens,
			start,
			predictions: pass.predictions,
			verdicts,
			emitted,
			kept,
			next: ending
				? undefined
				: {
						block: node,
						drafts: tree.tokens,
						parents: tree.spec.parents,
						first: verdicts.at(-1)!.accepted ? 'bonus' : 'correction'
					},
			times: pass.times
		};
		if (ending) return ending;
	}
}

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
 * What drafts are worth in the step after this one, in tokens: where the path ends at a node without a block, they
 * are missing. A chain of TiDAR's gains about this much over plain decoding.
 */
const WORTH = 1;

/**
 * The tree of a step: which candidates to test, and behind which of them to put masks.
 *
 * A candidate is right with about the product of the probabilities on its path, and then adds one token.
 * Best first therefore gives the most tokens for a number of nodes (candidates of a position: those that
 * a prediction lists). Masks behind a node are worth something if the path ends there: the node is right and none of its
 * children is. Of all splits of the budget into nodes and blocks the one that promises most is taken.
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
	/** That it and all before it are right. */
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
	const open: Node[] = [{ parent: 0, depth: 0, rank: 0, token: root, probability: 1, chance: 1 }];
	const propose = (parent: number, depth: number, rank: number, before: number) => {
		const guess = guesses[depth];
		const token = guess?.tokens[rank];
		if (token === undefined || depth >= room) return;
		const probability = guess!.probabilities[rank]!;
		open.push({ parent, depth, rank, token, probability, chance: before * probability });
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
