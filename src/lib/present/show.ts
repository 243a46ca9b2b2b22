/**
 * A lecture while it is given: what the teacher looks at, and what the audience sees. Pure: every action makes a new
 * state, and `audienceOf` is all that the second window is ever told.
 */
import type { Lecture, Scene } from './lecture.ts';

export interface Show {
	readonly index: number;
	/** Scenes whose answer is told. */
	readonly revealed: readonly number[];
	/** Hands that were counted, by scene and option. */
	readonly tallies: Readonly<Record<number, readonly (number | null)[]>>;
	/** Where the page of the scene has gone since it was opened: its query and fragment. */
	readonly place?: string;
	/** Pixels that the page is scrolled by, of the stage's own. */
	readonly scroll: number;
	readonly black: boolean;
	/** What the audience goes on seeing while the teacher looks elsewhere. */
	readonly frozen?: Audience;
	/** The spotlight, as shares of the stage's width and height. */
	readonly spot?: Spot;
	readonly spotlight: boolean;
}
export interface Spot {
	readonly x: number;
	readonly y: number;
}

/** What the second window shows. Plain data: it travels. */
export interface Audience {
	readonly scene?: Scene;
	/** A number that changes with the scene, so that the same page twice is opened twice. */
	readonly index: number;
	readonly place?: string;
	readonly scroll: number;
	readonly revealed: boolean;
	readonly tally: readonly (number | null)[];
	readonly black: boolean;
	readonly spot?: Spot;
}

export const begin = (index = 0): Show => ({
	index,
	revealed: [],
	tallies: {},
	scroll: 0,
	black: false,
	spotlight: false
});

/** What the audience sees: the frozen view if there is one, else the scene as the teacher has it. */
export function audienceOf(show: Show, { scenes }: Lecture): Audience {
	if (show.frozen) return { ...show.frozen, black: show.black };
	const { index, place, scroll, black, spot, spotlight } = show;
	return {
		...(scenes[index] && { scene: scenes[index] }),
		index,
		...(place !== undefined && { place }),
		scroll,
		revealed: show.revealed.includes(index),
		tally: show.tallies[index] ?? [],
		black,
		...(spotlight && spot && { spot })
	};
}

/** To a scene, within the lecture. The screen is no longer black: going on means to show. */
export function go(show: Show, index: number, { scenes }: Lecture): Show {
	const to = Math.max(0, Math.min(scenes.length - 1, index));
	const { place: _, ...rest } = show;
	return to === show.index ? show : { ...rest, index: to, scroll: 0, black: false };
}

/** What a clicker's forward key does: lights the screen, tells an answer, goes on. */
export function forward(show: Show, lecture: Lecture): Show {
	if (show.black) return { ...show, black: false };
	const scene = lecture.scenes[show.index];
	if (scene?.kind === 'predict' && !show.revealed.includes(show.index)) return reveal(show);
	return go(show, show.index + 1, lecture);
}

export const back = (show: Show, lecture: Lecture): Show =>
	show.black ? { ...show, black: false } : go(show, show.index - 1, lecture);

/** Tells the answer, or takes it back. */
export const reveal = (show: Show): Show => ({
	...show,
	revealed: show.revealed.includes(show.index)
		? show.revealed.filter((index) => index !== show.index)
		: [...show.revealed, show.index]
});

export const toggleBlack = (show: Show): Show => ({ ...show, black: !show.black });

/** Holds what the audience sees, or lets it follow again. */
export function toggleFreeze(show: Show, lecture: Lecture): Show {
	const { frozen, ...rest } = show;
	return frozen ? rest : { ...rest, frozen: audienceOf({ ...show, black: false }, lecture) };
}

export const toggleSpotlight = (show: Show): Show => ({ ...show, spotlight: !show.spotlight });

/** Hands for an option of the scene; null where none were counted. */
export function count(show: Show, option: number, hands: number | null): Show {
	const tally = [...(show.tallies[show.index] ?? [])];
	while (tally.length <= option) tally.push(null);
	tally[option] = hands;
	return { ...show, tallies: { ...show.tallies, [show.index]: tally } };
}
