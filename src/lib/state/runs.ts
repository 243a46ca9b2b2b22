import type { Session } from '$engine/decode/index.ts';
import { TextStream } from '$engine/tokenizer/bytes.ts';
import { isSpecial } from '$lib/decode/text.ts';
import type { Engine, Loaded, Request } from './engine.ts';

/**
 * Answers a prompt and gives out the session after every step, as one that ended there: whoever draws it
 * need not know that more will come. The last one given out has the real ending.
 * @param known pieces of the tokens that are in the context already.
 */
export async function* sessionsOf(
	engine: Engine,
	loaded: Loaded,
	request: Request,
	signal: AbortSignal,
	known: Session['pieces'] = {}
): AsyncGenerator<Session> {
	let session: Session = { ...emptySession(loaded, request), pieces: known };
	const stream = new TextStream();
	const run = engine.answer(request, signal);
	for (;;) {
		const { done, value } = await run.next();
		if (done) {
			yield { ...session, ending: value, text: session.text + stream.end() };
			return;
		}
		const { step } = value;
		const pieces = { ...session.pieces, ...value.pieces };
		session = {
			...session,
			pieces,
			promptTokens:
				step.index === 0 ? step.tokens.slice(0, step.layout.prompt) : session.promptTokens,
			steps: [...session.steps, step],
			text: step.emitted
				.map((token) => pieces[token] ?? '')
				.filter((piece) => !isSpecial(piece))
				.reduce((text, piece) => text + stream.push(piece), session.text)
		};
		yield session;
	}
}

const emptySession = (loaded: Loaded, { prompt, settings, context }: Request): Session => ({
	version: 1,
	model: { name: loaded.name, weights: loaded.weights },
	prompt,
	context,
	promptTokens: [],
	settings,
	device: loaded.device,
	date: new Date().toISOString(),
	pieces: {},
	steps: [],
	ending: 'stopped',
	text: ''
});

/** All that is in the cache when a session's answer is complete: the context of the next turn. */
export const contextAfter = ({ context, promptTokens, steps }: Session): number[] => [
	...context,
	...promptTokens,
	...steps.flatMap(({ emitted }) => emitted)
];
