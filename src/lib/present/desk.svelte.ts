import type { Lecture } from './lecture.ts';
import { teacher } from './channel.ts';
import type { Action } from './keys.ts';
import {
	audienceOf,
	back,
	begin,
	count,
	forward,
	go,
	reveal,
	toggleBlack,
	toggleFreeze,
	toggleSpotlight,
	type Show
} from './show.ts';
import { stopped, toggle, type Timer } from './timer.ts';

/** The teacher's desk: the lecture as it is given, and the wire to the audience's window. */
export class Desk {
	show = $state.raw<Show>(begin());
	timer = $state.raw<Timer>(stopped);
	/** Whether a second window has asked for the scene. */
	watched = $state(false);
	readonly audience = $derived.by(() => audienceOf(this.show, this.lecture));
	/** What the teacher's own stage shows: never frozen. */
	readonly own = $derived.by(() => {
		const { frozen: _, ...show } = this.show;
		return audienceOf({ ...show, black: false }, this.lecture);
	});
	#wire: ReturnType<typeof teacher> | undefined;

	constructor(
		readonly lecture: Lecture,
		index: number
	) {
		this.show = begin(Math.max(0, Math.min(lecture.scenes.length - 1, index)));
	}

	/** Begins to talk to the other window; returns how to end it. */
	connect(): () => void {
		const wire = teacher(() => {
			this.watched = true;
			wire.show(this.audience);
		});
		this.#wire = wire;
		return () => wire.close();
	}

	/** Tells the other window what it is to show. */
	tell(): void {
		this.#wire?.show($state.snapshot(this.audience) as typeof this.audience);
	}

	/** What a key or button does to the lecture; false where that is none of its business. */
	act(action: Action, now = Date.now()): boolean {
		const { lecture } = this;
		switch (action) {
			case 'forward':
				// The clock starts with the first step.
				if (this.timer === stopped) this.timer = toggle(stopped, now);
				this.show = forward(this.show, lecture);
				return true;
			case 'back':
				this.show = back(this.show, lecture);
				return true;
			case 'first':
				this.go(0);
				return true;
			case 'last':
				this.go(lecture.scenes.length - 1);
				return true;
			case 'black':
				this.show = toggleBlack(this.show);
				return true;
			case 'freeze':
				this.show = toggleFreeze(this.show, lecture);
				return true;
			case 'spotlight':
				this.show = toggleSpotlight(this.show);
				return true;
			case 'reveal':
				this.show = reveal(this.show);
				return true;
			case 'timer':
				this.timer = toggle(this.timer, now);
				return true;
			default:
				return false;
		}
	}

	go(index: number): void {
		this.show = go(this.show, index, this.lecture);
	}

	count(option: number, hands: number | null): void {
		this.show = count(this.show, option, hands);
	}

	place(place: string): void {
		this.show = { ...this.show, place };
	}

	scroll(scroll: number): void {
		this.show = { ...this.show, scroll };
	}

	point(x: number, y: number): void {
		if (this.show.spotlight) this.show = { ...this.show, spot: { x, y } };
	}
}
