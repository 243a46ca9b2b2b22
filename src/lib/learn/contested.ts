import type { Session } from '$engine/decode/index.ts';
import { duelAt, tellingSpot } from '$lib/decode/candidates.ts';
import { contest, rivalsOf, type Rivals } from './lossless.ts';

/** A draft about which the two halves disagree. */
export interface Contested {
	/** The step. */
	readonly index: number;
	readonly rivals: Rivals;
	/** The draft's number, from 1. */
	readonly number: number;
}

/** Steps in which the halves disagreed about a draft: there the rule has something to decide. The most evenly contested first. */
export const contestedPlaces = (session: Session): Contested[] =>
	session.steps
		.flatMap((_, index) => {
			const spot = tellingSpot(session, index);
			const duel = spot && duelAt(session, index, spot);
			const rivals = duel?.role === 'draft' ? rivalsOf(duel) : undefined;
			return duel && rivals ? [{ index, rivals, number: duel.number }] : [];
		})
		.sort((a, b) => contest(b.rivals) - contest(a.rivals))
		.slice(0, 6);
