import { error } from '@sveltejs/kit';
import { apiModules } from '$lib/server/api.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => apiModules().map(({ name }) => ({ module: name }));

export const load: PageServerLoad = ({ params }) => {
	const module = apiModules().find(({ name }) => name === params.module);
	if (!module) error(404);
	return { module };
};
