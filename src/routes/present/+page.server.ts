import { pathOf } from '$lib/learn/course.ts';
import { getLocale } from '$lib/paraglide/runtime';
import { course } from '$lib/server/lessons.ts';
import { listSessions } from '$lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

/** Pages that a scene may show: what the editor offers. */
export const load: PageServerLoad = () => ({
	lessons: course(getLocale()).flatMap(({ lessons }) =>
		lessons.map((lesson) => ({ path: `${pathOf(lesson)}/`, title: lesson.title }))
	),
	recordings: listSessions().map(({ id, prompt, settings }) => ({
		path: `/decode/?session=${id}`,
		title: `${prompt} (${settings.decoder}, k = ${settings.k})`
	}))
});
