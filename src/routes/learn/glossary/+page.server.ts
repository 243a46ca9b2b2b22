import { getLocale } from '$lib/paraglide/runtime';
import { glossary } from '$lib/server/lessons.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => {
	const locale = getLocale();
	const sorter = new Intl.Collator(locale === 'zh' ? 'zh-u-co-pinyin' : locale);
	return {
		terms: glossary(locale).sort((a, b) => sorter.compare(a.term, b.term)),
		otherLang: locale === 'en' ? 'zh' : 'en'
	};
};
