import { apiModules } from '$lib/server/api.ts';
import type { PageServerLoad } from './$types';

/** Names alone: each module has a page. */
export const load: PageServerLoad = () => ({
	modules: apiModules().map(({ name, comment, entries }) => ({
		name,
		text: comment?.text.split('\n\n')[0] ?? '',
		names: entries.map((entry) => entry.name)
	}))
});
