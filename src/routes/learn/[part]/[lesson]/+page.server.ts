import { error } from '@sveltejs/kit';
import { neighboursOf } from '$lib/learn/course.ts';
import { getLocale } from '$lib/paraglide/runtime';
import { editOf } from '$lib/server/edit.ts';
import { course, excerpt, exerciseOf, namedIn, questionsOf } from '$lib/server/lessons.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () =>
	course('en').flatMap(({ lessons }) => lessons.map(({ part, lesson }) => ({ part, lesson })));

/** All that a lesson's page shows besides its text: contents, questions, numbers, terms, a recorded run. */
export const load: PageServerLoad = ({ params }) => {
	const locale = getLocale();
	const parts = course(locale);
	const part = parts.find(({ slug }) => slug === params.part);
	const lesson = part?.lessons.find((one) => one.lesson === params.lesson);
	if (!part || !lesson) error(404, 'There is no such lesson.');
	const file = `lessons/${locale}/${lesson.folder}/index.md`;
	return {
		lesson,
		file,
		edit: editOf(file),
		part: { title: part.title, number: part.number },
		...neighboursOf(parts, lesson.id),
		needs: lesson.needs.map((id) =>
			parts.flatMap(({ lessons }) => lessons).find((l) => l.id === id)!
		),
		siblings: part.lessons.map(({ id, title, part, lesson }) => ({ id, title, part, lesson })),
		questions: questionsOf(locale, lesson),
		exercise: exerciseOf(locale, lesson),
		session: excerpt(lesson),
		locale,
		...namedIn(locale, lesson)
	};
};
