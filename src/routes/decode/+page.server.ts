import { recordings } from '$lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

/** The list of recorded runs, and the first of them whole: the page is never empty. */
export const load: PageServerLoad = () => {
	const { list, read } = recordings();
	const first = list.find(({ settings }) => settings.decoder === 'tidar') ?? list[0];
	return { recordings: list, first: first && { name: first.name, session: read(first.name) } };
};
