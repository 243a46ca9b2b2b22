import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as pagefind from 'pagefind';

/** Pagefind's own user interfaces: the site has its own (src/lib/components/learn/Search.svelte). */
const unused = [
	'pagefind-ui.js',
	'pagefind-ui.css',
	'pagefind-modular-ui.js',
	'pagefind-modular-ui.css',
	'pagefind-component-ui.js',
	'pagefind-component-ui.css',
	'pagefind-highlight.js'
];

/**
 * What a pagefind call answered. @template T @param {{ errors: string[] } & T} answer
 * @returns {T}
 * @throws Error with what pagefind complained of
 */
function sound(answer) {
	if (answer.errors.length > 0) throw new Error(`Search index: ${answer.errors.join('; ')}`);
	return answer;
}

/**
 * Writes the search index of a built site to its folder `pagefind`: what pages mark with `data-pagefind-body`, each
 * language an index of its own, and every term of the glossaries as a result of its own.
 * @param {string} folder the built site
 * @returns {Promise<number>} results that can be found
 * @throws Error where pagefind fails, or finds nothing to index
 */
export async function writeSearchIndex(folder) {
	const { index } = sound(await pagefind.createIndex({ maxFragments: 4 }));
	if (!index) throw new Error('Search index: pagefind gave none.');
	let { page_count: count } = sound(
		await index.addDirectory({ path: folder, glob: '**/learn/**/index.html' })
	);
	if (count === 0)
		throw new Error(`Search index: no page below ${folder} has a data-pagefind-body.`);
	for (const language of ['en', 'zh']) {
		const terms = JSON.parse(readFileSync(`lessons/${language}/glossary.json`, 'utf8'));
		const path = `${language === 'en' ? '' : `/${language}`}/learn/glossary/`;
		for (const { id, term, other, says } of terms) {
			sound(
				await index.addCustomRecord({
					url: `${path}#${id}`,
					content: `${term} ${other}. ${says}`,
					language,
					meta: { title: term, kind: 'term' }
				})
			);
			count++;
		}
	}
	const out = join(folder, 'pagefind');
	rmSync(out, { recursive: true, force: true });
	sound(await index.writeFiles({ outputPath: out }));
	for (const file of unused) rmSync(join(out, file), { force: true });
	await pagefind.close();
	return count;
}
