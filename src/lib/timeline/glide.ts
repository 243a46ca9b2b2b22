/** What a held key does: two ways to zoom, two to move. */
export type Push = 'in' | 'out' | 'back' | 'on';

/** A first tap: a tenth of the view, or a zoom by a fifth. */
const TAP = { pan: 0.1, zoom: 0.2 } as const;
/** Full speed while held, per second: views moved, doublings of zoom. */
const FULL = { pan: 1.2, zoom: 3 } as const;
/** Milliseconds to full speed, and of the glide after release. */
const RISE = 400;
const FALL = 250;

/**
 * Keys that move the view: a tap moves a little at once, holding accelerates, letting go glides out. Pure: time
 * comes in with `step`.
 */
export class Glide {
	#held = new Set<Push>();
	#speed: Record<Push, number> = { in: 0, out: 0, back: 0, on: 0 };
	/** No acceleration and no glide: a step a press. */
	still = false;

	/** A key goes down; returns what to do at once. */
	press(push: Push): { pan: number; zoom: number } {
		if (!this.still) this.#held.add(push);
		return this.#along(push, TAP.pan, TAP.zoom);
	}

	release(push?: Push): void {
		if (push) this.#held.delete(push);
		else this.#held.clear();
	}

	get moving(): boolean {
		return this.#held.size > 0 || Object.values(this.#speed).some((v) => v > 0);
	}

	/** `elapsed` ms have passed: by how many views to move, and how many doublings to zoom. */
	step(elapsed: number): { pan: number; zoom: number } {
		let [pan, zoom] = [0, 0];
		for (const push of Object.keys(this.#speed) as Push[]) {
			const held = this.#held.has(push);
			const change = elapsed / (held ? RISE : -FALL);
			this.#speed[push] = Math.min(1, Math.max(0, this.#speed[push] + change));
			const part = (this.#speed[push] * elapsed) / 1000;
			const moved = this.#along(push, FULL.pan * part, FULL.zoom * part);
			[pan, zoom] = [pan + moved.pan, zoom + moved.zoom];
		}
		return { pan, zoom };
	}

	#along(push: Push, pan: number, zoom: number): { pan: number; zoom: number } {
		switch (push) {
			case 'in':
				return { pan: 0, zoom };
			case 'out':
				return { pan: 0, zoom: -zoom };
			case 'back':
				return { pan: -pan, zoom: 0 };
			case 'on':
				return { pan, zoom: 0 };
		}
	}
}
