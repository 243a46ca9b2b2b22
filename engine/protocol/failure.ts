import { RuntimeError, messageOf, type RuntimeErrorCode } from '../runtime/errors.ts';

/** What can go wrong, as data: a page has words of its own for each code, and the sentence for details. */
export interface Failure {
	readonly code:
		| RuntimeErrorCode
		| 'empty-prompt'
		| 'prompt-too-long'
		| 'not-loaded'
		| 'cancelled'
		| 'worker'
		| 'internal';
	readonly message: string;
}

/** A failure on its way through code. */
export class ProtocolError extends Error {
	override readonly name = 'ProtocolError';

	constructor(
		readonly code: Failure['code'],
		message: string
	) {
		super(message);
	}
}

/** Whatever was thrown, as data. */
export function failureOf(thrown: unknown): Failure {
	if (thrown instanceof RuntimeError || thrown instanceof ProtocolError) {
		return { code: thrown.code, message: thrown.message };
	}
	if (thrown instanceof DOMException && thrown.name === 'AbortError') {
		return { code: 'cancelled', message: 'Cancelled.' };
	}
	return { code: 'internal', message: messageOf(thrown) };
}
