/**
 * Runs tasks one after the other, in the order in which they came. A task that fails does not stop the
 * next one.
 */
export class Serial {
	#last: Promise<unknown> = Promise.resolve();

	run<T>(task: () => Promise<T>): Promise<T> {
		const result = this.#last.then(task);
		this.#last = result.catch(() => undefined);
		return result;
	}
}
