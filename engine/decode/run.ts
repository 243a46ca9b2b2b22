import { ar } from './ar.ts';
import type { Forward } from './forward.ts';
import type { DecoderName, Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';
import { tidar } from './tidar.ts';

/**
 * A decoder answers a prompt (tokens on top of what the cache holds), one Step a pass. Between two
 * steps the cache holds exactly the prompt and the emitted tokens, so an answer may be left at any
 * point. An aborted signal ends it before the next pass with 'stopped'.
 */
export type Decoder = (
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
) => AsyncGenerator<Step, Ending>;

const decoders: Record<DecoderName, Decoder> = { ar, tidar };

/** Runs the decoder that the settings name. @throws RangeError on an empty prompt or wrong settings. */
export const decode: Decoder = (forward, prompt, settings, signal) => {
	if (prompt.length === 0)
		throw new RangeError('Decode: the prompt is empty; give at least one token.');
	const room = forward.model.capacity - forward.length;
	if (prompt.length >= room) {
		throw new RangeError(
			`Decode: the prompt has ${prompt.length} tokens, but only ${room} positions are left in the cache; shorten it or start a new chat.`
		);
	}
	return decoders[settings.decoder](forward, prompt, settings, signal);
};
