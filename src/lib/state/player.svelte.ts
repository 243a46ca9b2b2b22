import type { Phase } from '$lib/decode/frame.ts';

/** Milliseconds at speed 1, from the art direction; `dwell` is the time to read a step. */
export const beat = { accept: 180, slide: 420, appear: 180, dwell: 1100 } as const;

/**
 * Where a run is looked at: the step, and the phase between two steps while it moves. All else on
 * the page is computed from this and the session.
 */
export class Player {
	/** The step shown. */
	index = $state(0);
	phase = $state<Phase>('rest');
	playing = $state(false);
	/** Stay at the newest step of a run that is still growing. */
	following = $state(false);
	/** Cut to the end state instead of moving. */
	still = $state(false);
	readonly #length: () => number;
	readonly #growing: () => boolean;
	readonly #until: (index: number) => number | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#speed = $state(1);
	/** What the timer is for: `left` milliseconds at speed 1, counted from `since`. */
	#due: { readonly next: () => void; readonly left: number; readonly since: number } | undefined;

	/**
	 * @param length number of steps there are now.
	 * @param growing whether more will come.
	 * @param until milliseconds from a step to the next at speed 1, where a clock rules; else each step
	 * plays out in its phases.
	 */
	constructor(
		length: () => number,
		growing: () => boolean = () => false,
		until: (index: number) => number | undefined = () => undefined
	) {
		this.#length = length;
		this.#growing = growing;
		this.#until = until;
	}

	get speed(): number {
		return this.#speed;
	}

	/** Another speed counts at once, for what is left of a pause or a movement, too. */
	set speed(speed: number) {
		if (this.#timer !== undefined && this.#due) {
			const { next, left, since } = this.#due;
			clearTimeout(this.#timer);
			const gone = (performance.now() - since) * this.#speed;
			this.#speed = speed;
			this.#after(Math.max(0, left - gone), next);
		} else {
			this.#speed = speed;
		}
	}

	get last(): number {
		return Math.max(0, this.#length() - 1);
	}

	get atEnd(): boolean {
		return this.index >= this.last;
	}

	/** Shows a step at once, whatever was moving. */
	seek(index: number): void {
		this.#cancel();
		this.phase = 'rest';
		this.index = Math.min(this.last, Math.max(0, Math.round(index)));
		if (this.playing) this.#wait();
	}

	/** One step forward: accept, slide, then the new masks. A step still moving is finished first. */
	forward(): void {
		if (this.phase !== 'rest') this.seek(this.index + 1);
		if (this.atEnd) return;
		if (this.#until(this.index) === undefined) this.#move();
		else this.seek(this.index + 1);
	}

	back(): void {
		this.pause();
		this.seek(this.phase === 'rest' ? this.index - 1 : this.index);
	}

	play(): void {
		if (this.atEnd && !this.#growing()) this.seek(0);
		this.playing = true;
		this.#wait();
	}

	pause(): void {
		this.playing = false;
		this.following = false;
		this.#cancel();
		if (this.phase !== 'rest') this.seek(this.index + 1);
	}

	toggle(): void {
		if (this.playing) this.pause();
		else this.play();
	}

	/** From the first step, still or moving as before. */
	restart(): void {
		this.following = false;
		this.seek(0);
	}

	/** To be called when the run has grown. */
	grown(): void {
		if (this.following) this.seek(this.last);
		else if (this.playing && this.#timer === undefined) this.#wait();
	}

	destroy(): void {
		this.#cancel();
	}

	#move(): void {
		if (this.still) {
			this.seek(this.index + 1);
			return;
		}
		this.#cancel();
		this.phase = 'accept';
		this.#after(beat.accept, () => {
			this.phase = 'slide';
			this.#after(beat.slide, () => this.seek(this.index + 1));
		});
	}

	/** While playing: the pause in which the step is read, then the next one. */
	#wait(): void {
		this.#cancel();
		if (this.atEnd) {
			if (!this.#growing()) this.playing = false;
			return;
		}
		const clock = this.#until(this.index);
		if (clock === undefined) this.#after(beat.appear + beat.dwell, () => this.#move());
		else this.#after(clock, () => this.seek(this.index + 1));
	}

	/** @param ms at speed 1 */
	#after(ms: number, next: () => void): void {
		this.#due = { next, left: ms, since: performance.now() };
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			next();
		}, ms / this.#speed);
	}

	#cancel(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}
}
