import type { Forward, Session, Step } from '../../decode/index.ts';
import { layout } from '../../mask/index.ts';

/** How often this device's likeliest token is that of a recording of the same model. */
export interface Agreement {
	/** Slots that were compared. */
	readonly slots: number;
	readonly equal: number;
	/** Unequal ones where the recording's own two likeliest tokens were within 2 % of each other. */
	readonly close: number;
	/** Passes that were compared. */
	readonly passes: number;
}

/** Probabilities within this share of each other are a tie that rounding decides. */
const TIE = 0.02;

/**
 * Repeats recorded passes, fed with the recorded tokens whatever this device would have said (forced decoding), and
 * compares the likeliest token of every slot. The cache is emptied before and afterwards.
 * @throws the signal's reason when aborted; whatever the device throws.
 */
export async function agreement(
	forward: Forward,
	{ steps }: Pick<Session, 'steps'>,
	{
		passes = 8,
		patience = 8000,
		signal
	}: { passes?: number; patience?: number; signal?: AbortSignal } = {}
): Promise<Agreement> {
	const end = performance.now() + patience;
	let [slots, equal, close, done] = [0, 0, 0, 0];
	forward.truncate(0);
	try {
		for (const step of own(steps)) {
			if (done >= passes || (done > 0 && performance.now() > end)) break;
			signal?.throwIfAborted();
			const predict = step.predictions.flatMap((one, slot) => (one ? [slot] : []));
			const { predictions } = await forward.run({
				layout: layout(step.layout),
				tokens: step.tokens,
				predict
			});
			forward.keep(step.kept);
			done++;
			for (const slot of predict) {
				const { tokens, probabilities } = step.predictions[slot]!;
				slots++;
				if (predictions[slot]!.tokens[0] === tokens[0]) equal++;
				else if (probabilities[1]! >= probabilities[0]! * (1 - TIE)) close++;
			}
		}
	} finally {
		forward.truncate(0);
	}
	return { slots, equal, close, passes: done };
}

/** Passes of the model itself over a cache that starts empty. */
function own(steps: readonly Step[]): readonly Step[] {
	const [first] = steps;
	return first?.start === 0 ? steps.filter(({ by }) => by !== 'draft') : [];
}
