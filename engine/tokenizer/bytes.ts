/**
 * Byte-level BPE writes each byte of a token's UTF-8 as one printable character (Radford et al. 2019,
 * GPT-2): printable Latin-1 bytes as themselves, the other 68 as U+0100 and up, in order. 'Ġ' is a space.
 */
const byteOf = new Map<string, number>();
{
	const printable = (byte: number) =>
		(byte >= 0x21 && byte <= 0x7e) ||
		(byte >= 0xa1 && byte <= 0xac) ||
		(byte >= 0xae && byte <= 0xff);
	let next = 0x100;
	for (let byte = 0; byte < 256; byte++) {
		byteOf.set(String.fromCodePoint(printable(byte) ? byte : next++), byte);
	}
}

/** The bytes of a byte-level piece; special tokens such as <|im_end|> come out as their own letters. */
export function bytesOfPiece(piece: string): Uint8Array {
	const encoder = new TextEncoder();
	return Uint8Array.from(
		[...piece].flatMap((char) => {
			const byte = byteOf.get(char);
			return byte === undefined ? [...encoder.encode(char)] : [byte];
		})
	);
}

/** Text from pieces as they arrive. A character is given out once all of its bytes are there. */
export class TextStream {
	readonly #decoder = new TextDecoder('utf-8');

	/** The text that is complete with this piece; empty in the middle of a character. */
	push(piece: string): string {
		return this.#decoder.decode(bytesOfPiece(piece), { stream: true });
	}

	/** What is left at the end: U+FFFD for a character that was never completed, else nothing. */
	end(): string {
		return this.#decoder.decode();
	}
}

/** Text of a whole sequence of pieces. */
export function textOfPieces(pieces: readonly string[]): string {
	const stream = new TextStream();
	return pieces.map((piece) => stream.push(piece)).join('') + stream.end();
}

/**
 * A piece as a label: its text where it is whole characters, with ␣ for spaces, ↵ for line ends and ⇥ for
 * tabs; ‹E4 BD› for the bytes of a broken character.
 */
export function labelOfPiece(piece: string): string {
	const bytes = bytesOfPiece(piece);
	try {
		return new TextDecoder('utf-8', { fatal: true })
			.decode(bytes)
			.replaceAll(' ', '␣')
			.replaceAll('\n', '↵')
			.replaceAll('\t', '⇥');
	} catch {
		return `‹${Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ')}›`;
	}
}
