import { getLocale } from '$lib/paraglide/runtime';
import { course, questionsOf } from '$lib/server/lessons.ts';
import type { PageServerLoad } from './$types';

/** The contents, with what each lesson asks, so that ticks can be drawn. */
export const load: PageServerLoad = () => {
	const locale = getLocale();
	return {
		parts: course(locale).map((part) => ({
			...part,
			lessons: part.lessons.map((lesson) => ({
				...lesson,
				questions: questionsOf(locale, lesson).map(({ id }) => id)
			}))
		}))
	};
};
