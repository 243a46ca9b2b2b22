import type { Session } from '$engine/decode/index.ts';
import { TextStream, labelOfPiece, textOfPieces } from '$engine/tokenizer/bytes.ts';
import { acceptedOf } from './frame.ts';

/** A token as it is drawn in a tile: '␣red', '↵', '‹E4›', '<|im_end|>'. */
export function labelOf(session: Pick<Session, 'pieces'>, token: number | undefined): string {
	if (token === undefined) return '';
	const piece = session.pieces[token];
	if (piece === undefined) return `#${token}`;
	let label = labels.get(piece);
	if (label === undefined) labels.set(piece, (label = labelOfPiece(piece)));
	return label;
}
/** Of the pieces seen so far: the same ones occur in every step. */
const labels = new Map<string, string>();

/** A token as it is named in a sentence: without the space before a word. */
export function wordOf(session: Pick<Session, 'pieces'>, token: number | undefined): string {
	const label = labelOf(session, token);
	return label.replace(/^␣+(?=[^␣↵⇥])/, '');
}

/** Structure rather than text: the chat format's tokens. */
export const isSpecial = (piece: string | undefined): boolean =>
	piece !== undefined && /^<\|?[a-z_]+\|?>$/.test(piece);

/** The text of a token. */
export interface Part {
	/** Of the tokens that the session's steps emitted, from 0. */
	readonly ordinal: number;
	readonly text: string;
}

/** A stretch of the answer and the step that wrote it. */
export interface Passage {
	readonly step: number;
	readonly text: string;
	/** The same text, token by token; a token that completes no character has none. */
	readonly parts: readonly Part[];
	/** Tokens of the step, special ones included. */
	readonly tokens: number;
	readonly drafts: number;
	readonly accepted: number;
}

/**
 * The answer up to and with step `index`, a passage a step. A character whose bytes are spread over two steps
 * belongs to the later one; one that is never completed is not shown.
 */
export function passagesOf(session: Session, index: number): Passage[] {
	const stream = new TextStream();
	let ordinal = 0;
	return session.steps.slice(0, index + 1).flatMap((step) => {
		if (step.kind === 'prefill') return [];
		const parts = step.emitted.map((token): Part => {
			const piece = session.pieces[token];
			const silent = piece === undefined || isSpecial(piece);
			return { ordinal: ordinal++, text: silent ? '' : stream.push(piece) };
		});
		return {
			step: step.index,
			text: parts.map(({ text }) => text).join(''),
			parts: parts.filter(({ text }) => text !== ''),
			tokens: step.emitted.length,
			drafts: step.layout.parents.length,
			accepted: acceptedOf(step)
		};
	});
}

/** The text of some tokens, special ones left out. */
export function textOf(session: Pick<Session, 'pieces'>, tokens: readonly number[]): string {
	return textOfPieces(
		tokens.map((token) => session.pieces[token] ?? '').filter((piece) => !isSpecial(piece))
	);
}
