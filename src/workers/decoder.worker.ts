// Holds the model, so that the page never waits. All of it is engine/protocol; this file joins it to
// the tokenizer and to the worker's port.
import { serve } from '$engine/protocol/channel.ts';
import { decoderService } from '$engine/protocol/service.ts';
import { TextStream, Tokenizer, type TokenizerJson } from '$engine/tokenizer/index.ts';

serve(
	self,
	decoderService((json) => {
		const tokenizer = new Tokenizer(JSON.parse(json) as TokenizerJson);
		return {
			encodeChat: (message, where) => tokenizer.encodeChat(message, where),
			piece: (token) => tokenizer.piece(token),
			isSpecial: (token) => tokenizer.isSpecial(token),
			stream: () => new TextStream()
		};
	})
);
