import { begunOf, type Session } from '$engine/decode/index.ts';
import type { DecoderClient } from '$engine/protocol/client.ts';
import type { GenerateRequest, Loaded } from '$engine/protocol/messages.ts';
import { textOf } from '$lib/decode/text.ts';

/**
 * Answers a prompt and gives out the session after every step, as one that was stopped there: whoever draws
 * it need not know that more will come. The last one given out has the real ending.
 * @param known pieces of the tokens in the context, and of the answer that goes on.
 * @throws ProtocolError
 */
export async function* sessionsOf(
	client: DecoderClient,
	{ identity, device }: Loaded,
	request: GenerateRequest,
	signal: AbortSignal,
	known: Session['pieces'] = {}
): AsyncGenerator<Session> {
	const { prompt, settings, context, resume } = request;
	let session: Session = {
		version: 1,
		model: identity,
		prompt,
		context,
		promptTokens: [],
		...resume,
		settings,
		device,
		date: new Date().toISOString(),
		pieces: known,
		steps: [],
		ending: 'stopped',
		text: ''
	};
	session = { ...session, text: textOf(session, begunOf(session)) };
	const run = client.generate(request, signal);
	for (;;) {
		const { done, value } = await run.next();
		if (done) {
			yield value;
			return;
		}
		const { step, text, pieces } = value;
		session = {
			...session,
			pieces: { ...session.pieces, ...pieces },
			promptTokens:
				step.kind === 'prefill' ? step.tokens.slice(0, step.layout.prompt) : session.promptTokens,
			steps: [...session.steps, step],
			text: session.text + text
		};
		yield session;
	}
}

/** All that is in the cache when a session's answer is complete: the context of the next turn. */
export const contextAfter = ({ context, promptTokens, steps }: Session): number[] => [
	...context,
	...promptTokens,
	...steps.flatMap(({ emitted }) => emitted)
];
