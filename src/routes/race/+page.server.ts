import { weightsOf } from '$lib/server/models.ts';
import { MODEL } from '$lib/state/model-name.ts';
import { listRaces, readRaceFile } from '$lib/server/races.ts';
import type { PageServerLoad } from './$types';

/** The recorded races, and the first of them whole: the page is never empty. */
export const load: PageServerLoad = () => {
	const races = listRaces();
	return {
		races,
		first: races[0] && readRaceFile(races[0].id),
		weights: weightsOf(MODEL)
	};
};
