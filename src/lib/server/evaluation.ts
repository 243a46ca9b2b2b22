import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';

/** Tokens a pass of a model with k drafts, over held-out prompts, as its evaluation script measured it. */
export interface EvaluatedYield {
	readonly k: number;
	readonly tokensPerPass: number;
	readonly error: number;
	/** counts[n - 1] passes accepted n drafts. */
	readonly counts: readonly number[];
}

export interface Evaluated {
	readonly prompts: number;
	readonly yields: readonly EvaluatedYield[];
}

const figures = v.object({
	all: v.number(),
	standard_error: v.number(),
	tokens_a_pass_histogram: v.array(v.number())
});
const schema = v.object({
	runs: v.array(
		v.object({
			prompts: v.number(),
			drafts: v.record(v.string(), v.record(v.string(), v.record(v.string(), v.unknown())))
		})
	)
});

/** Greedy, with 4-bit weights as the graphs have: from the manifest of a model; undefined where it says nothing. */
export function evaluatedOf(name: string): Evaluated | undefined {
	const file = `static/models/${name}/manifest.json`;
	if (!existsSync(file)) return undefined;
	const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')).evaluation);
	const [run] = parsed.success ? [...parsed.output.runs].sort((a, b) => b.prompts - a.prompts) : [];
	const yields = Object.entries(run?.drafts['4-bit']?.['temperature 0'] ?? {}).flatMap(
		([key, found]): EvaluatedYield | [] => {
			const k = /^k(\d+)$/.exec(key)?.[1];
			const read = v.safeParse(figures, found);
			if (!k || !read.success) return [];
			const { all, standard_error: error, tokens_a_pass_histogram: counts } = read.output;
			return { k: Number(k), tokensPerPass: all, error, counts };
		}
	);
	return yields.length > 0
		? { prompts: run!.prompts, yields: yields.sort((a, b) => a.k - b.k) }
		: undefined;
}
