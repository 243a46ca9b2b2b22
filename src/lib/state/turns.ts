/**
 * Work of a page's first moments, one piece a task: between two of them the browser draws, and answers whoever has
 * typed or clicked already. First come, first served.
 */
const waiting: (() => void)[] = [];
const listening: (() => void)[] = [];
let running = false;

function next() {
	try {
		waiting.shift()?.();
	} finally {
		if (waiting.length > 0) setTimeout(next);
		else {
			running = false;
			for (const tell of listening.splice(0)) tell();
		}
	}
}

/**
 * Has something done in a task of its own, soon.
 * @returns takes it back, if it has not been done yet
 */
export function inTurn(work: () => void): () => void {
	waiting.push(work);
	if (!running) setTimeout(next);
	running = true;
	return () => {
		const at = waiting.indexOf(work);
		if (at >= 0) waiting[at] = () => {};
	};
}

/** When nothing waits for its turn any more. */
export const allDone = (): Promise<void> =>
	running ? new Promise((resolve) => listening.push(resolve)) : Promise.resolve();
