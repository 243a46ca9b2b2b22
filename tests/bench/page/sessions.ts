import { record, type RecordedFile } from '../../../engine/cli/recordings.ts';
import { logLikelihood, type Settings } from '../../../engine/decode/index.ts';
import { Chat, type Language } from '../../../engine/protocol/chat.ts';
import type { LoadedModel } from '../../../engine/runtime/load.ts';
import { TextStream, type Tokenizer } from '../../../engine/tokenizer/index.ts';

const identityOf = ({ manifest }: LoadedModel) => ({
	name: manifest.name,
	weights: manifest.checkpoint.sha256
});

/** The files that the site replays, recorded on this GPU; each answer the second time, when no kernel is compiled any more. */
export function recordAll(
	model: LoadedModel,
	drafter: LoadedModel,
	tokenizer: Tokenizer
): AsyncGenerator<RecordedFile, void> {
	const language: Language = {
		encodeChat: (message, where) => tokenizer.encodeChat(message, where),
		piece: (token) => tokenizer.piece(token),
		isSpecial: (token) => tokenizer.isSpecial(token),
		stream: () => new TextStream()
	};
	const chat = new Chat(model.forward, language, {
		model: identityOf(model),
		device: model.device
	});
	const assistant = { forward: drafter.forward, identity: identityOf(drafter) };
	const ask = async (prompt: string, settings: Settings) => {
		const answer = async () => {
			chat.clear();
			const helper = settings.decoder === 'speculative' ? assistant : undefined;
			const steps = chat.answer({ prompt, context: [] }, settings, undefined, helper);
			for (;;) {
				const { done, value } = await steps.next();
				if (done) return value;
			}
		};
		await answer();
		return answer();
	};
	return record(ask, async (prompt, answers) => {
		chat.clear();
		const found: number[][] = [];
		for (const answer of answers) found.push(await logLikelihood(model.forward, prompt, answer));
		return found;
	});
}
