/**
 * The one animation loop of a page: calls `frame` once a display frame, only while somebody wants it. `frame` gets
 * the milliseconds since the frame before (0 for the first after a pause) and says whether it wants another.
 */
export class Loop {
	#frame: (elapsed: number) => boolean;
	#handle: number | undefined;
	#before: number | undefined;

	constructor(frame: (elapsed: number) => boolean) {
		this.#frame = frame;
	}

	/** Wants a frame. */
	wake(): void {
		this.#handle ??= requestAnimationFrame(this.#tick);
	}

	stop(): void {
		if (this.#handle !== undefined) cancelAnimationFrame(this.#handle);
		this.#handle = undefined;
		this.#before = undefined;
	}

	#tick = (now: number): void => {
		this.#handle = undefined;
		// A tab that was hidden must not jump.
		const elapsed = this.#before === undefined ? 0 : Math.min(100, now - this.#before);
		this.#before = now;
		if (this.#frame(elapsed)) this.wake();
		else this.#before = undefined;
	};
}
