import { listSessions, readSession } from '$lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

/** Steps that the small strip on the first page plays. */
const STEPS = 12;

/** The beginning of a recorded run, without what the small strip does not draw. */
export const load: PageServerLoad = () => {
	const first = listSessions().find(({ settings }) => settings.decoder === 'tidar');
	if (!first) return { session: undefined };
	const session = readSession(first.id);
	const steps = session.steps.slice(0, STEPS).map((step) => ({
		...step,
		predictions: step.predictions.map(
			(said) =>
				said && { tokens: said.tokens.slice(0, 1), probabilities: said.probabilities.slice(0, 1) }
		)
	}));
	return { session: { ...session, steps } };
};
