import { TOP, type Prediction } from '../decode/index.ts';
import { RuntimeError } from './errors.ts';

/** The likeliest tokens of a row of logits, best first, and what turns logits into probabilities. */
export interface Top {
	/** TOP token ids; of equal logits the lower id comes first. */
	readonly tokens: readonly number[];
	/** Their logits. */
	readonly logits: readonly number[];
	/** ln Σ exp(logit) over the whole vocabulary. */
	readonly logSumExp: number;
}

/** The TOP likeliest of a row of at least TOP logits. The WebGPU kernel computes the same. */
export function top(row: Float32Array): Top {
	const tokens: number[] = [];
	const logits: number[] = [];
	for (let id = 0; id < row.length; id++) {
		const logit = row[id]!;
		if (tokens.length === TOP && !(logit > logits[TOP - 1]!)) continue;
		let place = tokens.length;
		while (place > 0 && logit > logits[place - 1]!) place--;
		tokens.splice(place, 0, id);
		logits.splice(place, 0, logit);
		if (tokens.length > TOP) {
			tokens.pop();
			logits.pop();
		}
	}
	const most = logits[0]!;
	let sum = 0;
	for (let id = 0; id < row.length; id++) sum += Math.exp(row[id]! - most);
	return { tokens, logits, logSumExp: most + Math.log(sum) };
}

/**
 * Probabilities of the likeliest tokens: exp(logit - ln Σ exp).
 * @throws RuntimeError 'not-a-number' where the device computed NaN or infinite logits.
 */
export function prediction({ tokens, logits, logSumExp }: Top): Prediction {
	if (!Number.isFinite(logSumExp)) {
		throw new RuntimeError(
			'not-a-number',
			'The model computed logits that are not finite numbers on this device. Choose float32, or the WebAssembly backend.'
		);
	}
	return { tokens, probabilities: logits.map((logit) => Math.exp(logit - logSumExp)) };
}
