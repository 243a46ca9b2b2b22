import { seeded } from '../cost/random.ts';

/** How many drafts of each round turn out right. */
export type Acceptance =
	/** Each draft is right with probability `rate`, the first wrong one ends the round (Leviathan et al. 2023, section 3). */
	| { readonly kind: 'geometric'; readonly rate: number; readonly seed: number }
	/** Tokens that the steps of a recorded session added, in order, from the start again at its end. */
	| { readonly kind: 'recorded'; readonly lengths: readonly number[] };

/**
 * Draws the drafts accepted in each round.
 * @param certain drafts that are right by construction: 1 in TiDAR, whose first draft the AR half chose itself
 * @returns a function of the number of drafts; its result lies in [certain, drafts]
 * @throws RangeError for a rate outside 0..1, or lengths that are none
 */
export function drawAccepted(acceptance: Acceptance, certain: 0 | 1): (drafts: number) => number {
	if (acceptance.kind === 'recorded') {
		const { lengths } = acceptance;
		if (lengths.length === 0 || lengths.some((n) => !Number.isInteger(n) || n < 1)) {
			throw new RangeError('Recorded accepted lengths must be whole numbers from 1, at least one.');
		}
		let round = 0;
		// A step of AR verification adds its accepted drafts and one token more.
		return (drafts) =>
			Math.min(drafts, Math.max(certain, lengths[round++ % lengths.length]! - 1 + certain));
	}
	const { rate, seed } = acceptance;
	if (!(rate >= 0 && rate <= 1)) {
		throw new RangeError(`The acceptance rate must lie in 0..1, not ${rate}.`);
	}
	const random = seeded(seed);
	return (drafts) => {
		let accepted = Math.min(certain, drafts);
		while (accepted < drafts && random() < rate) accepted++;
		return accepted;
	};
}
