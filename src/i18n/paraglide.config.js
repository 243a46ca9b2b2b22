/** Longest prefix first: /zh/… is Chinese, everything else English; both may sit under a base path. */
const at = `:protocol://:domain(.*)::port?${process.env.BASE_PATH ?? ''}`;

/** @type {import('@inlang/paraglide-js').CompilerOptions} */
export default {
	project: './src/i18n/project.inlang',
	outdir: './src/lib/paraglide',
	strategy: ['url', 'baseLocale'],
	urlPatterns: [
		{
			pattern: `${at}/:path(.*)?`,
			localized: [
				['zh', `${at}/zh/:path(.*)?`],
				['en', `${at}/:path(.*)?`]
			]
		}
	]
};
