import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';

/** Tokens of the chat format, by their pieces: <|im_start|>role\n … <|im_end|>\n. */
const SYSTEM = 'You are a helpful AI assistant named SmolLM, trained by Hugging Face';

/** The model's tokenizer. The library does the work; this adds the chat format and the pieces. */
export class Tokenizer {
	readonly #inner: HubTokenizer;
	readonly #pieces: string[] = [];
	readonly #special = new Set<number>();
	/** Splits a text at the spellings of special tokens, which land at the odd places. */
	readonly #marks: RegExp;

	/** @param json the parsed tokenizer.json */
	constructor(json: TokenizerJson) {
		this.#inner = new HubTokenizer(json as never, { clean_up_tokenization_spaces: false } as never);
		for (const [piece, id] of Object.entries(json.model.vocab)) this.#pieces[id] = piece;
		for (const { id, content, special } of json.added_tokens) {
			this.#pieces[id] = content;
			if (special) this.#special.add(id);
		}
		const spelled = json.added_tokens.map(({ content }) =>
			content.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&')
		);
		this.#marks = new RegExp(`(${spelled.join('|')})`);
	}

	get size(): number {
		return this.#pieces.length;
	}

	/** Token ids of a text, without any special token around it. */
	encode(text: string): number[] {
		return text === '' ? [] : this.#inner.encode(text, { add_special_tokens: false }).ids;
	}

	/**
	 * Token ids of a user's message as the chat format wants it, ready for the answer. The first message of
	 * a chat is preceded by the system's; a later one closes the answer before it, whose end token is
	 * in the cache already when `ended`.
	 */
	encodeChat(
		message: string,
		{ first, ended = true }: { first: boolean; ended?: boolean }
	): number[] {
		const before = first
			? `<|im_start|>system\n${SYSTEM}<|im_end|>\n`
			: ended
				? '\n'
				: '<|im_end|>\n';
		// The message is encoded on its own, so that it cannot smuggle in special tokens.
		return [
			...this.encode(`${before}<|im_start|>user\n`),
			...this.#plain(message),
			...this.encode('<|im_end|>\n<|im_start|>assistant\n')
		];
	}

	/** The byte-level piece of a token; see bytes.ts. @throws RangeError where there is no such token. */
	piece(id: number): string {
		const piece = this.#pieces[id];
		if (piece === undefined)
			throw new RangeError(
				`Tokenizer: there is no token ${id}; ids run from 0 to ${this.size - 1}.`
			);
		return piece;
	}

	/** Whether a token marks structure rather than text, as the end token does. */
	isSpecial(id: number): boolean {
		return this.#special.has(id);
	}

	/** Token ids of a text in which '<|im_end|>' is ten ordinary characters. */
	#plain(text: string): number[] {
		return text
			.split(this.#marks)
			.flatMap((part, i) =>
				i % 2 === 0 ? this.encode(part) : [...part].flatMap((char) => this.encode(char))
			);
	}
}

/** The parts of Hugging Face's tokenizer.json that are read here; the library reads the rest. */
export interface TokenizerJson {
	readonly model: { readonly vocab: Readonly<Record<string, number>> };
	readonly added_tokens: readonly {
		readonly id: number;
		readonly content: string;
		readonly special: boolean;
	}[];
}
