import { ar } from './ar.ts';
import { block } from './block.ts';
import { dream } from './dream.ts';
import { eagle3, type FeatureForward, type Head } from './eagle3.ts';
import type { Forward } from './forward.ts';
import { llada } from './llada.ts';
import { lookup } from './lookup.ts';
import type { DecoderName, Settings } from './settings.ts';
import { speculative } from './speculative.ts';
import type { Ending, Step } from './step.ts';
import { tidar } from './tidar.ts';
import { tidarTree } from './tidarTree.ts';

/**
 * A decoder answers a prompt (tokens on top of what the cache holds), one Step a pass. Between two
 * steps the cache holds a beginning of prompt and emitted tokens, and nothing else, so an answer may be left at any
 * point: ar, tidar, tidar-tree and the decoders with drafters hold all of it, block all but the last block, llada and dream the
 * prompt at most. An aborted signal ends it before the next pass with 'stopped'.
 */
export type Decoder = (
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal,
	helpers?: Helpers
) => AsyncGenerator<Step, Ending>;

/** Who drafts, where that is another than the model itself. */
export interface Helpers {
	/** speculative: the draft model, with the same context in its cache. */
	readonly draft?: Forward;
	/** eagle3: the head; the model must then be a FeatureForward. */
	readonly head?: Head;
}

const decoders: Record<DecoderName, Decoder> = {
	ar,
	lookup,
	llada,
	dream,
	block,
	tidar,
	'tidar-tree': tidarTree,
	speculative(forward, prompt, settings, signal, { draft } = {}) {
		if (!draft) {
			throw new RangeError(
				'Decode: speculative decoding needs a second, smaller model to draft; load one.'
			);
		}
		return speculative(forward, prompt, settings, signal, draft);
	},
	eagle3(forward, prompt, settings, signal, { head } = {}) {
		if (!head || !('features' in forward)) {
			throw new RangeError(
				'Decode: EAGLE-3 needs a trained head, and a model exported with its feature taps; load both.'
			);
		}
		return eagle3(forward as FeatureForward, prompt, settings, signal, head);
	}
};

/** Runs the decoder that the settings name. @throws RangeError on an empty prompt or a helper that is missing. */
export const decode: Decoder = (forward, prompt, settings, signal, helpers) => {
	if (prompt.length === 0)
		throw new RangeError('Decode: the prompt is empty; give at least one token.');
	const room = forward.model.capacity - forward.length;
	if (prompt.length >= room) {
		throw new RangeError(
			`Decode: the prompt has ${prompt.length} tokens, but only ${room} positions are left in the cache; shorten it or start a new chat.`
		);
	}
	return decoders[settings.decoder](forward, prompt, settings, signal, helpers);
};
