import { TextStream } from '$engine/tokenizer/bytes.ts';
import type { Session } from '$engine/decode/index.ts';
import { isSpecial } from '../decode/text.ts';
import type { ThresholdRun } from './diffusion.ts';

/** A place of the answer that some pass has filled in. */
interface Filled {
	readonly token: number;
	/** From 1. */
	readonly pass: number;
}

/**
 * What lesson 8 shows of a session by `ar` or `block`, finished or still growing. Of a block that is not full yet there are
 * the places up to the last one filled in; those between that are still masks have the token -1 and no pass (Infinity).
 */
export function thresholdRun({ settings, prompt, pieces, steps }: Session): ThresholdRun {
	const decoding = steps.filter(({ kind }) => kind === 'decode');
	const places: (Filled | undefined)[] = [];
	let block: (Filled | undefined)[] = [];
	decoding.forEach(({ canvas, emitted, layout }, i) => {
		const pass = i + 1;
		if (!canvas) places.push(...emitted.map((token) => ({ token, pass })));
		for (const { slot, token } of canvas?.unmasked ?? [])
			block[slot - layout.prompt] = { token, pass };
		if (canvas && emitted.length > 0) {
			places.push(...block.slice(0, emitted.length));
			block = [];
		}
	});
	// Array.from: holes become undefined.
	places.push(...Array.from(block));
	const stream = new TextStream();
	const wordOf = (place: Filled | undefined): string => {
		const piece = place && pieces[place.token];
		return piece === undefined || isSpecial(piece) ? '' : stream.push(piece);
	};
	return {
		prompt,
		...(settings.decoder === 'block' && { threshold: settings.threshold }),
		words: places.map(wordOf),
		tokens: places.map((place) => place?.token ?? -1),
		filled: places.map((place) => place?.pass ?? Infinity),
		passes: decoding.length
	};
}
