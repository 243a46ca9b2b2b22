import { evaluatedOf } from '$lib/server/evaluation.ts';
import { modelFacts } from '$lib/server/models.ts';
import { slotYieldsOf, treeYieldsOf } from '$lib/server/slots.ts';
import { listSessions, readSession } from '$lib/server/sessions.ts';
import { MODEL } from '$lib/state/model-name.ts';
import type { PageServerLoad } from './$types';

/** The list of recorded runs, and the first of them whole: the page is never empty. */
export const load: PageServerLoad = () => {
	const recordings = listSessions();
	const first = recordings.find(({ settings }) => settings.decoder === 'tidar') ?? recordings[0];
	return {
		recordings,
		first: first && { id: first.id, session: readSession(first.id) },
		model: modelFacts(MODEL),
		evaluated: evaluatedOf(MODEL),
		slotYields: slotYieldsOf(MODEL),
		treeYields: treeYieldsOf(MODEL)
	};
};
