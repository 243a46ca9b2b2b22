import { getContext, setContext } from 'svelte';
import { initialOf, readPlace, type Correction, type Place, type Spec } from './place.ts';

/**
 * What text and figure of a lesson share: the figure's state, which a link reproduces; the thing that is spoken of,
 * which a word in the text lights up and a part of the figure may set as well; and what the reader picked for a question.
 */
export class Stage {
	readonly spec: Spec;
	place = $state.raw<Place>({});
	/** What word and figure have in common: a name that the figure knows. */
	lit = $state<string>();
	/** The part of the figure that the reader clicked last, by its name. */
	picked = $state<string>();
	/** Counts how often a link or a word in the text has asked for a state. */
	asked = $state(0);

	constructor(spec: Spec) {
		this.spec = spec;
		this.place = initialOf(spec);
	}

	number(name: string): number {
		return this.place[name] as number;
	}

	choice<T extends string>(name: string): T {
		return this.place[name] as T;
	}

	set(name: string, value: number | string): void {
		if (this.place[name] !== value) this.place = { ...this.place, [name]: value };
	}

	/** Brings the figure back to an earlier state. */
	restore(place: Place): void {
		this.place = place;
		this.asked++;
	}

	/** Brings the figure into the state of a query such as 'k=4&step=2'; what it does not name stays. */
	show(query: string | URLSearchParams): Correction[] {
		const { place, corrections } = readPlace(this.spec, new URLSearchParams(query), this.place);
		this.place = place;
		this.asked++;
		return corrections;
	}

	reset(): void {
		this.place = initialOf(this.spec);
	}
}

const KEY = Symbol('stage');
export const provideStage = (stage: () => Stage): (() => Stage) => setContext(KEY, stage);
/** The stage of the lesson around; undefined outside of one. */
export const useStage = (): (() => Stage) | undefined => getContext(KEY);
