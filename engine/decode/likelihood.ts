import { layout, prefillSpec } from '../mask/index.ts';
import type { Forward } from './forward.ts';

/** Rows of logits asked for at once: they are V numbers each. */
const ROWS = 16;

/**
 * How likely a model's AR half finds a text: ln p of every token of `answer` given the prompt and the tokens
 * before it, at temperature 1, whoever wrote it. One causal pass over both, which keeps nothing: the cache is as it was.
 *
 * exp of minus their mean is the text's perplexity. A low one does not make a text true, and a text that repeats itself
 * has the lowest.
 * @throws RangeError where the prompt is empty; as `Forward.run`
 */
export async function logLikelihood(
	forward: Forward,
	prompt: readonly number[],
	answer: readonly number[]
): Promise<number[]> {
	if (prompt.length === 0)
		throw new RangeError(
			'Likelihood: the prompt is empty, so nothing says what may begin the text.'
		);
	if (answer.length === 0) return [];
	const tokens = [...prompt, ...answer.slice(0, -1)];
	const first = prompt.length - 1;
	const predict = answer.map((_, i) => first + i);
	const pass = await forward.run({
		layout: layout(prefillSpec(tokens.length, 0)),
		tokens,
		predict
	});
	const found: number[] = [];
	for (let i = 0; i < answer.length; i += ROWS) {
		const rows = await pass.logits(predict.slice(i, i + ROWS));
		rows.forEach((logits, j) => found.push(logShare(logits, answer[i + j]!)));
	}
	return found;
}

/** ln softmax(logits)[token]. */
function logShare(logits: Float32Array, token: number): number {
	let most = -Infinity;
	for (const logit of logits) most = Math.max(most, logit);
	let sum = 0;
	for (const logit of logits) sum += Math.exp(logit - most);
	return logits[token]! - most - Math.log(sum);
}

/** exp of minus the mean of ln p; undefined of no tokens. */
export const perplexity = (logs: readonly number[]): number | undefined =>
	logs.length === 0 ? undefined : Math.exp(-logs.reduce((sum, log) => sum + log, 0) / logs.length);
