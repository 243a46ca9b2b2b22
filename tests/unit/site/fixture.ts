import { decode, defaults, type Session, type Settings } from '../../../engine/decode/index.ts';
import { textOfPieces } from '../../../engine/tokenizer/bytes.ts';
import {
	FeatureTableForward,
	randomTable,
	TableForward,
	TableHead,
	type Table
} from '../../fakes/table-forward.ts';

/** A vocabulary small enough to read, with what is hard to draw: spaces, line ends, broken characters. */
export const pieces = [
	'<|im_end|>',
	'<empty_output>',
	'Ġthe',
	'Ġsky',
	'Ġis',
	'Ġblue',
	'Ġred',
	'Ċ',
	'ä½',
	'ł',
	'Hello',
	',',
	'.',
	'Ġand',
	'Ġa',
	'ĠĠ'
];
const END = 0;
const MASK = 1;

/**
 * A session as the real decoders record it, over a table instead of a network: same input, same session.
 */
export async function makeSession(
	changes: Partial<Settings> = {},
	{
		agreement = 0.8,
		prompt = [10, 11, 2, 3],
		context = [] as number[],
		seed = 5,
		canvas = undefined as 'llada' | 'dream' | undefined
	} = {}
): Promise<Session> {
	const settings = { ...defaults, k: 4, maxTokens: 24, ...changes };
	const model = {
		name: 'table',
		vocabulary: pieces.length,
		mask: MASK,
		end: END,
		capacity: 128,
		// How a model reads a canvas is for those that fill one whole.
		...(canvas && ['llada', 'dream'].includes(settings.decoder) && { canvas })
	};
	const forwardOf = (table: Table, Kind = TableForward) => {
		const made = new Kind(
			// The end token stays out, so that the length is the settings'.
			(tokens, mask) => table(tokens, mask).map((logit, token) => (token > MASK ? logit : -9)),
			model
		);
		made.cache.push(...context);
		return made;
	};
	const table = randomTable(pieces.length, seed, agreement);
	const other = randomTable(pieces.length, seed + 1, agreement);
	// Right in two of three contexts.
	const roughly: Table = (tokens, mask) =>
		tokens.length % 3 ? table(tokens, mask) : other(tokens, mask);
	const draft = forwardOf(roughly);
	const head = new TableHead(roughly);
	const forward = forwardOf(table, FeatureTableForward);
	const run = decode(forward, prompt, settings, undefined, { draft, head });
	const steps = [];
	let result = await run.next();
	while (!result.done) {
		steps.push(result.value);
		result = await run.next();
	}
	const emitted = steps.flatMap((step) => step.emitted);
	return {
		version: 1,
		model: { name: 'table', weights: '0' },
		prompt: textOfPieces(prompt.map((token) => pieces[token]!)),
		context,
		promptTokens: prompt,
		settings,
		device: { backend: 'wasm', precision: 'f32', name: 'table', versions: {} },
		date: '2026-11-24T00:00:00.000Z',
		pieces: Object.fromEntries(pieces.entries()),
		steps,
		ending: result.value,
		text: textOfPieces(emitted.map((token) => pieces[token]!))
	};
}
