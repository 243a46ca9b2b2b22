/** What went wrong, as data: a page picks its own words by the code, a terminal prints the sentence. */
export type RuntimeErrorCode =
	| 'network'
	| 'not-found'
	| 'corrupt'
	| 'manifest'
	| 'no-webgpu'
	| 'no-adapter'
	| 'no-device'
	| 'software-gpu'
	| 'device-lost'
	| 'no-shader-f16'
	| 'session'
	| 'capacity'
	| 'not-a-number'
	| 'disposed';

/** An error whose message says what was wrong, where, and what to do. */
export class RuntimeError extends Error {
	override readonly name = 'RuntimeError';

	constructor(
		readonly code: RuntimeErrorCode,
		message: string,
		options?: ErrorOptions
	) {
		super(message, options);
	}
}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
	thrown instanceof Error ? thrown.message : String(thrown);
