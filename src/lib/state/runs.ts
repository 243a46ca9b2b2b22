import type { Session } from '$engine/decode/index.ts';
import type { DecoderClient } from '$engine/protocol/client.ts';
import type { GenerateRequest, Loaded } from '$engine/protocol/messages.ts';

/**
 * Answers a prompt and gives out the session after every step, as one that was stopped there: whoever draws
 * it need not know that more will come. The last one given out has the real ending.
 * @param known pieces of the tokens in the context.
 * @throws ProtocolError
 */
export async function* sessionsOf(
	client: DecoderClient,
	{ identity, device }: Loaded,
	request: GenerateRequest,
	signal: AbortSignal,
	known: Session['pieces'] = {}
): AsyncGenerator<Session> {
	const { prompt, settings, context } = request;
	let session: Session = {
		version: 1,
		model: identity,
		prompt,
		context,
		promptTokens: [],
		settings,
		device,
		date: new Date().toISOString(),
		pieces: known,
		steps: [],
		ending: 'stopped',
		text: ''
	};
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
