/** How long a race takes to watch, at first, whatever it took; ms. */
export const WATCHED = 8000;

/** The one clock of a race: milliseconds of the race, moved by frames, by hand, or not at all. */
export class RaceClock {
	/** Milliseconds since the prompt. */
	now = $state(0);
	playing = $state(false);
	/** Milliseconds of the race in one of the viewer's. */
	rate = $state(1);
	#end = $state(0);
	#frame = 0;

	/** Milliseconds at which the last lane ends. */
	get end(): number {
		return this.#end;
	}

	/** Another race: stands at its end, and takes a few seconds to watch. */
	open(end: number): void {
		this.pause();
		this.#end = end;
		this.now = end;
		this.rate = end / WATCHED;
	}

	play(): void {
		if (this.now >= this.#end) this.now = 0;
		this.playing = true;
		let last: number | undefined;
		const move = (time: number) => {
			if (!this.playing) return;
			this.now = Math.min(this.#end, this.now + (time - (last ?? time)) * this.rate);
			last = time;
			if (this.now >= this.#end) this.playing = false;
			else this.#frame = requestAnimationFrame(move);
		};
		this.#frame = requestAnimationFrame(move);
	}

	pause(): void {
		if (this.playing) cancelAnimationFrame(this.#frame);
		this.playing = false;
	}

	toggle(): void {
		if (this.playing) this.pause();
		else this.play();
	}

	seek(ms: number): void {
		this.now = Math.min(this.#end, Math.max(0, ms));
	}
}
