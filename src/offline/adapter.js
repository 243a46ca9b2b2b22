import { copyFileSync, cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSearchIndex } from './search-index.js';

/** The list of what the site consists of, next to its pages; src/lib/offline/list.ts reads it. */
const LIST = 'offline.json';

/**
 * Never kept by the service worker: the model's files have a store of their own (engine/runtime/store.ts), old font
 * formats are asked for by no browser that runs this site, and the list and the worker speak for themselves.
 */
const never = [
	/^models\//,
	/\.(ttf|woff)$/,
	/^service-worker\.js$/,
	/^offline\.json$/,
	/^\.nojekyll$/
];

/** Kept once used: runtimes, of which a visitor needs one of three, and fonts of other scripts. */
const whenUsed = [/\.wasm$/, /-(cyrillic(-ext)?|greek-ext|vietnamese)-[^/]*\.woff2$/];

/**
 * Every file below a folder, as paths with slashes.
 * @param {string} folder
 * @returns {string[]}
 */
function walk(folder, inside = '') {
	return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
		const path = inside ? `${inside}/${entry.name}` : entry.name;
		return entry.isDirectory() ? walk(folder, path) : [path];
	});
}

/** @param {string} path */
const address = (path) => path.replace(/(^|\/)index\.html$/, '$1');

/**
 * What of a built site is kept from the first visit on, and what when used: addresses relative to the base, with bytes.
 * @param {string} folder
 * @param {string} version
 */
export function listOf(folder, version) {
	const files = walk(folder)
		.filter((path) => !never.some((rule) => rule.test(path)))
		.sort();
	/** @param {string[]} paths */
	const sized = (paths) =>
		paths.map((path) => /** @type {const} */ ([address(path), statSync(join(folder, path)).size]));
	/** @param {string} path */
	const later = (path) => whenUsed.some((rule) => rule.test(path));
	return {
		version,
		// Pages last: a page that is kept has everything it needs.
		first: sized([
			...files.filter((path) => !later(path) && !path.endsWith('.html')),
			...files.filter((path) => !later(path) && path.endsWith('.html'))
		]),
		used: sized(files.filter(later))
	};
}

/**
 * An adapter that also writes the search index and the list of files for the service worker. SvelteKit's own list misses what workers
 * import, and has no sizes.
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @returns {import('@sveltejs/kit').Adapter}
 */
export const withList = (adapter, folder = 'build') => ({
	...adapter,
	async adapt(builder) {
		await adapter.adapt(builder);
		await writeSearchIndex(folder);
		const list = listOf(folder, builder.config.kit.version?.name ?? '');
		writeFileSync(join(folder, LIST), JSON.stringify(list));
		// vite preview serves what SvelteKit made, not what the adapter did.
		cpSync(join(folder, 'pagefind'), join(builder.getClientDirectory(), 'pagefind'), {
			recursive: true
		});
		for (const file of [LIST, '404.html']) {
			const made = join(folder, file);
			if (existsSync(made)) copyFileSync(made, join(builder.getClientDirectory(), file));
		}
	}
});
