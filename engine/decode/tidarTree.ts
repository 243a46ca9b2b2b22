import { layout, prefillSpec, slotOfDraft, slotsOfBlock } from '../mask/index.ts';
import type { Forward } from './forward.ts';
import { growTree } from './growTree.ts';
import { chooser } from './verify.ts';
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
	const grows = { slots: budget, k };
	for (let index = 1, count = 0; ; index++) {
		if (signal?.aborted) return 'stopped';
		start = forward.length;
		if (start === capacity) return 'cache-full';
		const { spec } = tree;
		const plan = layout(spec);
		tokens = [...tree.tokens, ...Array<number>(plan.slots.length - tree.tokens.length).fill(mask)];
		pass = await forward.run({ layout: plan, tokens, ...(rule === 'greedy' && { grows }) });

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
