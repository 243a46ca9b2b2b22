/** A mistake in what the user typed: a sentence for them, exit code 2. */
export class UsageError extends Error {}

/** Runs a command's main; a UsageError becomes its sentence and exit code 2, any other error 1. */
export async function command(main: () => Promise<void>): Promise<void> {
	try {
		await main();
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		process.exitCode = error instanceof UsageError ? 2 : 1;
	}
}
