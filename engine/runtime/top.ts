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

/** Logits so far below the largest add less than a float32's last digit to Σ exp of the whole row. */
const NOTHING = 30;

/** The TOP likeliest of a row of at least TOP logits. The WebGPU kernel computes the same. */
export function top(row: Float32Array): Top {
	const tokens: number[] = [];
	const logits: number[] = [];
	let worst = -Infinity;
	for (let id = 0; id < row.length; id++) {
		const logit = row[id]!;
		if (!(logit > worst) && tokens.length === TOP) continue;
		let place = tokens.length;
		while (place > 0 && logit > logits[place - 1]!) place--;
		tokens.splice(place, 0, id);
		logits.splice(place, 0, logit);
		tokens.length = logits.length = Math.min(TOP, tokens.length);
		worst = logits.at(-1)!;
	}
	const most = logits[0]!;
	const least = most - NOTHING;
	let sum = 0;
	for (let id = 0; id < row.length; id++) {
		const logit = row[id]!;
		// Written so that NaN is not skipped.
		if (!(logit < least)) sum += Math.exp(logit - most);
	}
	return { tokens, logits, logSumExp: most + Math.log(sum) };
}

/**
 * Probabilities of the likeliest tokens: exp(logit - ln Σ exp), to 4 significant digits: more than any view
 * shows, and it halves a recorded session.
 * @throws RuntimeError 'not-a-number' where the device computed NaN or infinite logits.
 */
export function prediction({ tokens, logits, logSumExp }: Top): Prediction {
	if (!Number.isFinite(logSumExp)) {
		throw new RuntimeError(
			'not-a-number',
			'The model computed logits that are not finite numbers on this device. Choose float32, or the WebAssembly backend.'
		);
	}
	const probability = (logit: number) => Number(Math.exp(logit - logSumExp).toPrecision(4));
	return { tokens, probabilities: logits.map(probability) };
}
