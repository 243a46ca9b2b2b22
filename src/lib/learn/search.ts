/** What can be found: a lesson, or a passage under one of its headings; or a term of the glossary. */
export interface Hit {
	readonly url: string;
	readonly title: string;
	readonly kind: 'lesson' | 'term';
	/** Words around what was found, cut into stretches: `found` ones are what was asked for. */
	readonly excerpt: readonly Stretch[];
	/** Passages of the lesson in which it stands. */
	readonly parts: readonly { readonly url: string; readonly title: string }[];
}

export interface Stretch {
	readonly text: string;
	readonly found: boolean;
}

/** What is used of pagefind's script, which the build writes to /pagefind/. */
interface Pagefind {
	options(options: { baseUrl: string }): Promise<void>;
	init(): Promise<void>;
	search(query: string): Promise<{ results: { data(): Promise<Found> }[] }>;
}
interface Found {
	readonly url: string;
	readonly excerpt: string;
	readonly meta: Readonly<Record<string, string>>;
	readonly sub_results?: readonly { readonly url: string; readonly title: string }[];
}

const entities: Readonly<Record<string, string>> = {
	'&lt;': '<',
	'&gt;': '>',
	'&quot;': '"',
	'&#39;': "'",
	'&amp;': '&'
};
const plain = (text: string) => text.replace(/&(?:lt|gt|quot|#39|amp);/g, (e) => entities[e] ?? e);

/** An excerpt as pagefind gives it, '…<mark>word</mark>…' with the rest escaped, as stretches of text. */
export function stretches(excerpt: string): Stretch[] {
	return excerpt
		.split(/<mark>([\s\S]*?)<\/mark>/)
		.map((text, i) => ({ text: plain(text), found: i % 2 === 1 }))
		.filter(({ text }) => text !== '');
}

/** Words apart, as the index has them: Chinese is written without spaces. */
export function wordsApart(query: string, locale: string): string {
	if (!('Segmenter' in Intl)) return query;
	return Array.from(
		new Intl.Segmenter(locale, { granularity: 'word' }).segment(query),
		({ segment }) => segment.trim()
	)
		.filter(Boolean)
		.join(' ');
}

let loading: Promise<Pagefind> | undefined;

/** Loads the index of the page's language, once. @param base the site's address, with a slash at its end */
function load(base: string): Promise<Pagefind> {
	loading ??= (async () => {
		const found = (await import(/* @vite-ignore */ `${base}pagefind/pagefind.js`)) as Pagefind;
		await found.options({ baseUrl: base });
		await found.init();
		return found;
	})();
	loading.catch(() => (loading = undefined));
	return loading;
}

/**
 * What lessons and glossary have on a query, best first.
 * @param most results at most
 * @throws Error where the index cannot be loaded: while the site is worked on, or offline before it was kept
 */
export async function search(
	query: string,
	{ base, locale, most = 12 }: { base: string; locale: string; most?: number }
): Promise<Hit[]> {
	const index = await load(base);
	const { results } = await index.search(locale === 'zh' ? wordsApart(query, locale) : query);
	const found = await Promise.all(results.slice(0, most).map((result) => result.data()));
	return found.map(({ url, excerpt, meta, sub_results }) => ({
		url,
		title: meta.title ?? url,
		kind: meta.kind === 'term' ? 'term' : 'lesson',
		excerpt: stretches(excerpt),
		parts: (sub_results ?? [])
			.filter((part) => part.url.includes('#') && part.url !== url)
			.slice(0, 3)
	}));
}
