import type { Session } from '$engine/decode/index.ts';
import type { Place } from './place.ts';
import { readings } from './readings.ts';

/** A condition on a figure: a number of its state or a reading of it within limits, or a choice that is made. */
export interface Goal {
	/** A field of the figure's state, or a reading of `readings.ts`. */
	readonly of: string;
	readonly least?: number;
	readonly most?: number;
	readonly is?: string;
}

/** What an exercise asks for, in no language: a state of the lesson's figure, or a number. */
export type Task =
	| {
			readonly goals: readonly Goal[];
			/** A state that meets them, as a query. */
			readonly solution: string;
	  }
	| {
			readonly answer: number;
			/** How far off an answer may be, as a share of the right one. */
			readonly tolerance: number;
	  };

/** The words of an exercise. Numbers in brackets are names of lessons/values. */
export interface ExerciseWords {
	readonly ask: string;
	/** What each goal says, in the order of the task's. */
	readonly goals?: readonly string[];
	/** Behind a number that is asked for. */
	readonly unit?: string;
	/** From a nudge to nearly the answer. */
	readonly hints: readonly string[];
	/** Said when it is solved, or shown. */
	readonly solved: string;
}
export type Exercise = ExerciseWords & { readonly task: Task };

/** Rounding must not stand between a reader and a limit that is met as printed. */
const SLACK = 1e-9;

/** How a goal stands. */
export interface Standing {
	readonly met: boolean;
	/** The number that it is about; undefined for a choice. */
	readonly now?: number;
}

/** @throws Error where the figure has neither such a field nor such a reading. */
export function standingOf(
	figure: string,
	{ of, least = -Infinity, most = Infinity, is }: Goal,
	place: Place,
	session?: Session
): Standing {
	const reading = readings[figure]?.[of];
	const value = reading ? reading.of(place, session) : place[of];
	if (value === undefined) throw new Error(`The figure "${figure}" has no "${of}".`);
	if (is !== undefined) return { met: String(value) === is };
	const now = Number(value);
	return { met: now >= least - SLACK && now <= most + SLACK, now };
}
