import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { TreeYield } from '$engine/decode/bestShape.ts';

/** Tokens a pass with a number of slots, by TiDAR's chain and by a candidate tree; absent where it was not measured. */
export interface SlotYield {
	readonly slots: number;
	readonly chain?: number;
	readonly tree?: number;
}

/** One measurement of chain and tree over prompts that were held out. */
export interface SlotYields {
	/** teacher: by the evaluation script, over AR's answers; loop: by this site's own decoders. */
	readonly how: 'teacher' | 'loop';
	readonly prompts: number;
	readonly rows: readonly SlotYield[];
}

const evaluation = v.object({
	runs: v.array(
		v.object({
			prompts: v.number(),
			drafts: v.record(
				v.string(),
				v.record(
					v.string(),
					v.record(v.string(), v.looseObject({ all: v.number(), slots: v.optional(v.number()) }))
				)
			)
		})
	)
});
const looped = v.object({
	weights: v.string(),
	prompts: v.number(),
	ways: v.array(
		v.object({
			decoder: v.picklist(['tidar', 'tidar-tree']),
			slots: v.number(),
			k: v.number(),
			tokens: v.number(),
			passes: v.number()
		})
	)
});

type Found = readonly [slots: number, what: 'chain' | 'tree', tokensPerPass: number];

function rowsOf(found: readonly Found[]): SlotYield[] {
	const all = [...new Set(found.map(([slots]) => slots))].sort((a, b) => a - b);
	return all.map((slots) => ({
		slots,
		...Object.fromEntries(
			found.filter((one) => one[0] === slots).map(([, what, value]) => [what, value])
		)
	}));
}

/** What is known of a model's greedy answers with 4-bit weights, as its graphs have them; what was not measured is left out. */
export function slotYieldsOf(name: string): SlotYields[] {
	const file = `static/models/${name}/manifest.json`;
	if (!existsSync(file)) return [];
	const manifest = JSON.parse(readFileSync(file, 'utf8'));
	return [taught(manifest.evaluation), loop(manifest.checkpoint?.sha256)].filter(
		(one) => one !== undefined
	);
}

function taught(figures: unknown): SlotYields | undefined {
	const parsed = v.safeParse(evaluation, figures);
	const [run] = parsed.success ? [...parsed.output.runs].sort((a, b) => b.prompts - a.prompts) : [];
	const found = Object.entries(run?.drafts['4-bit']?.['temperature 0'] ?? {}).flatMap(
		([key, { all, slots }]): Found[] => {
			const k = Number(/^k(\d+)$/.exec(key)?.[1]);
			if (k) return [[k + k * k, 'chain', all]];
			return slots === undefined ? [] : [[slots, 'tree', all]];
		}
	);
	return found.length > 0
		? { how: 'teacher', prompts: run!.prompts, rows: rowsOf(found) }
		: undefined;
}

/** What candidate trees of several budgets gave by this site's own decoder; none where that was not measured. */
export function treeYieldsOf(name: string): TreeYield[] {
	const file = `static/models/${name}/manifest.json`;
	if (!existsSync(file)) return [];
	const { checkpoint } = JSON.parse(readFileSync(file, 'utf8'));
	return (measuredLoop(checkpoint?.sha256)?.ways ?? [])
		.filter(({ decoder }) => decoder === 'tidar-tree')
		.map(({ slots, k, tokens, passes }) => ({ slots, k, tokensPerPass: tokens / passes }));
}

/** static/measurements/trees.json, written by tests/bench/trees.ts; of other weights it says nothing. */
function measuredLoop(weights: unknown) {
	const file = 'static/measurements/trees.json';
	if (!existsSync(file)) return undefined;
	const measured = v.parse(looped, JSON.parse(readFileSync(file, 'utf8')));
	return measured.weights === weights ? measured : undefined;
}

function loop(weights: unknown): SlotYields | undefined {
	const measured = measuredLoop(weights);
	if (!measured) return undefined;
	const { prompts, ways } = measured;
	const rows = rowsOf(
		ways.map(({ decoder, slots, tokens, passes }): Found => [
			slots,
			decoder === 'tidar' ? 'chain' : 'tree',
			tokens / passes
		])
	);
	return { how: 'loop', prompts, rows };
}
