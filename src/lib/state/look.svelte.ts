import type { Spot } from '$lib/decode/candidates.ts';
import type { Group, Tile } from '$lib/decode/frame.ts';

/**
 * What the reader looks at, shared by all views of a step: hovering or focusing shows a spot for the moment, a
 * click or Enter pins it until the step changes or Esc is pressed.
 */
export class Look {
	hovered = $state<Spot>();
	pinned = $state<Spot>();
	/** A second slot, against which the mask is read; -1 is the cached prefix. */
	column = $state<number>();
	/** Tiles of one kind of fate alone; stays from step to step. */
	group = $state<Group>();
	/** The token of the answer whose story is told, among those that the steps emitted, from 0; stays from step to step. */
	story = $state<number>();

	get spot(): Spot | undefined {
		return this.hovered ?? this.pinned;
	}

	pin(spot: Spot): void {
		this.pinned = same(this.pinned, spot) ? undefined : spot;
	}

	clear(): void {
		this.hovered = undefined;
		this.pinned = undefined;
		this.column = undefined;
		this.story = undefined;
	}
}

/** The spot that a tile of the strip stands for; none for cached positions. */
export const spotOf = ({ slot, kind }: Tile): Spot | undefined =>
	slot === undefined ? undefined : { slot, says: kind === 'ar' };

export const same = (a: Spot | undefined, b: Spot | undefined): boolean =>
	a !== undefined && b !== undefined && a.slot === b.slot && a.says === b.says;
