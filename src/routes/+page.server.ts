import { readFileSync } from 'node:fs';
import { listSessions, readSession } from '$lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

/** Steps that the small strip on the first page plays. */
const STEPS = 12;

interface Measured {
	readonly steps: readonly {
		readonly device: string;
		readonly model: string;
		readonly tp: number;
		readonly batch: number;
		readonly slots: number;
		readonly context: number;
		readonly ms: number;
	}[];
}

/** What was measured of the pass that the hero simulates, with one slot and with 72; ms. */
function heroMeasured(): { one: number; many: number } | undefined {
	const { steps } = JSON.parse(readFileSync('static/measurements/steps.json', 'utf8')) as Measured;
	const of = (slots: number) =>
		steps.find(
			(s) =>
				s.device === 'h100-sxm' &&
				s.model === 'qwen3-8b' &&
				s.tp === 1 &&
				s.batch === 1 &&
				s.context === 1024 &&
				s.slots === slots
		)?.ms;
	const [one, many] = [of(1), of(72)];
	return one !== undefined && many !== undefined ? { one, many } : undefined;
}

/** The beginning of a recorded run, without what the small strip does not draw. */
export const load: PageServerLoad = () => {
	const first = listSessions().find(({ settings }) => settings.decoder === 'tidar');
	const measured = heroMeasured();
	if (!first) return { session: undefined, measured };
	const session = readSession(first.id);
	const steps = session.steps.slice(0, STEPS).map((step) => ({
		...step,
		predictions: step.predictions.map(
			(said) =>
				said && { tokens: said.tokens.slice(0, 1), probabilities: said.probabilities.slice(0, 1) }
		)
	}));
	return { session: { ...session, steps }, measured };
};
