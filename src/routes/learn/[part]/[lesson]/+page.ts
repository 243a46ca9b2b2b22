import type { Component } from 'svelte';
import { figures } from '$lib/learn/figures.ts';
import type { PageLoad } from './$types';

const texts = import.meta.glob<{ default: Component }>('/lessons/*/*/*/index.md');

/** The lesson's text and its figure, each a piece of code of its own. */
export const load: PageLoad = async ({ data }) => {
	const { lesson, locale } = data;
	const text = texts[`/lessons/${locale}/${lesson.folder}/index.md`];
	const figure = figures[lesson.figure];
	if (!text || !figure) {
		throw new Error(`lessons/${locale}/${lesson.folder}: there is no figure "${lesson.figure}".`);
	}
	const [body, { default: Figure, spec }] = await Promise.all([text(), figure()]);
	return { ...data, Body: body.default, Figure, spec };
};
