import type { Component } from 'svelte';
import type { PageLoad } from './$types';

const sheets = import.meta.glob<{ default: Component }>('/lessons/*/cheat-sheet.md');

export const load: PageLoad = async ({ data }) => {
	const sheet = sheets[`/lessons/${data.locale}/cheat-sheet.md`];
	if (!sheet) throw new Error(`lessons/${data.locale}: there is no cheat-sheet.md.`);
	return { ...data, Body: (await sheet()).default };
};
