import { getLocale } from '$lib/paraglide/runtime';
import { namedInFile } from '$lib/server/lessons.ts';
import type { PageServerLoad } from './$types';

/** The numbers, terms and sources that the sheet names. */
export const load: PageServerLoad = () => {
	const locale = getLocale();
	return { locale, ...namedInFile(locale, 'cheat-sheet.md') };
};
