import type { Step } from '$engine/decode/index.ts';

/** How often the draft at one place of its path was right, of the passes that tested one there. */
export interface AcceptanceAt {
	/** Place in the block, from 2: the first draft is certain and not tested. */
	readonly place: number;
	readonly tested: number;
	readonly accepted: number;
}

/** Steps of the model that tested drafts. */
const testing = (steps: readonly Step[]): readonly Step[] =>
	steps.filter(({ kind, by, canvas }) => kind === 'decode' && by !== 'draft' && !canvas);

/** Acceptance by place, from the verdicts of any decoder that drafts; empty where none was tested. */
export function acceptanceByPlace(steps: readonly Step[]): AcceptanceAt[] {
	const rows: { place: number; tested: number; accepted: number }[] = [];
	for (const { verdicts } of testing(steps)) {
		verdicts.forEach(({ accepted }, i) => {
			if (i === 0) return;
			const row = (rows[i - 1] ??= { place: i + 1, tested: 0, accepted: 0 });
			row.tested++;
			if (accepted) row.accepted++;
		});
	}
	return rows;
}

/** The same, from counts of accepted lengths: counts[n - 1] passes accepted n drafts of at most counts.length. */
export function acceptanceOfLengths(counts: readonly number[]): AcceptanceAt[] {
	const reached = counts.map((_, i) => counts.slice(i).reduce((sum, count) => sum + count, 0));
	return reached
		.slice(1)
		.map((accepted, i) => ({ place: i + 2, tested: reached[i]!, accepted }))
		.filter(({ tested }) => tested > 0);
}

/**
 * The acceptance rate a: drafts accepted over drafts tested, which is the likeliest a if each place passes with the
 * same probability, independently. NaN where nothing was tested.
 */
export function acceptanceRate(rows: readonly AcceptanceAt[]): number {
	const sum = (of: (row: AcceptanceAt) => number) => rows.reduce((all, row) => all + of(row), 0);
	return sum(({ accepted }) => accepted) / sum(({ tested }) => tested);
}

/**
 * Tokens a pass with k drafts, the first of them certain, if each further one passes with probability a:
 * (1 - a^k) / (1 - a). Leviathan et al. 2023 (arXiv 2211.17192), equation 1, with gamma = k - 1.
 */
export const expectedYield = (a: number, k: number): number =>
	a === 1 ? k : (1 - a ** k) / (1 - a);

/**
 * Tokens a pass if this run had been cut at k drafts: the mean of min(k, accepted length). A run with fewer drafts would
 * begin its blocks elsewhere, so this is an estimate; NaN where no step tests drafts.
 */
export function cutYield(steps: readonly Step[], k: number): number {
	const lengths = testing(steps).map(({ emitted }) => emitted.length);
	return lengths.reduce((sum, length) => sum + Math.min(k, length), 0) / lengths.length;
}
