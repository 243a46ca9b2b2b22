import { answerOf, type Session } from './session.ts';

/** A race as it is saved, shipped and opened: one prompt by several decoders. */
export interface Race {
	readonly kind: 'race';
	readonly version: 1;
	/** One a lane: the same prompt, two to five decoders. */
	readonly sessions: readonly Session[];
	/** One a lane, in the order of the sessions; files from before these were measured have none. */
	readonly marks?: readonly LaneMarks[];
}

/** What was measured of a lane beside its session. */
export interface LaneMarks {
	/** ln p of each token of its answer under the AR half of the model that wrote it (likelihood.ts). */
	readonly logs: readonly number[];
	/** Tokens a second of each time that it was run; the session is the one in the middle. */
	readonly speeds: readonly number[];
}

/** Tokens a second from the end of the prompt's pass to the last token, by the passes' own times. */
export function speedOf(session: Pick<Session, 'steps'>): number {
	const steps = session.steps.filter(({ kind }) => kind === 'decode');
	const ms = steps.reduce((sum, { times }) => sum + times.total, 0);
	return (1000 * answerOf(session).length) / ms;
}

/** The session whose speed is in the middle; of an even number the slower one of the two. */
export function middle<T extends Pick<Session, 'steps'>>(runs: readonly T[]): T {
	const sorted = [...runs].sort((a, b) => speedOf(a) - speedOf(b));
	return sorted[(sorted.length - 1) >> 1]!;
}

/** A race of sessions with what was measured beside them, one entry a lane; to digits that mean something. */
export function raceOf(
	sessions: readonly Session[],
	logs: readonly (readonly number[])[],
	speeds: readonly (readonly number[])[]
): Race {
	const marks = sessions.map((_, i) => ({
		logs: logs[i]!.map((log) => Math.min(0, Number(log.toFixed(4)))),
		speeds: speeds[i]!.map((speed) => Number(speed.toPrecision(5)))
	}));
	return { kind: 'race', version: 1, sessions, marks };
}
