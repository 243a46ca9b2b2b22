import { resolve } from '$app/paths';
import { m } from '$lib/paraglide/messages';
import { baseLocale, deLocalizeHref, getLocale, type Locale } from '$lib/paraglide/runtime';

/**
 * The address of a page in a language (the reader's where absent), with the trailing slash static hosts want. The rule
 * is that of src/i18n/paraglide.config.js; its localizeHref makes a URL and patterns of it for every link of a page.
 */
export function href(path: `/${string}`, locale: Locale = getLocale()): string {
	const local = resolve((locale === baseLocale ? path : `/${locale}${path}`) as '/');
	return local.endsWith('/') ? local : `${local}/`;
}

/** The path of a page within the site, in no language: '/zh/decode/' on a site at /base is '/decode/'. */
export function pathWithin(pathname: string): string {
	const local = deLocalizeHref(pathname).slice(resolve('/').length - 1);
	return local.endsWith('/') ? local : `${local}/`;
}

/** Pages that the header leads to; a page joins this list when it exists. */
export const pages: readonly { path: `/${string}`; label: () => string }[] = [
	{ path: '/learn', label: m.nav_learn },
	{ path: '/decode', label: m.nav_decode },
	{ path: '/race', label: m.nav_race },
	{ path: '/simulate', label: m.nav_simulate },
	{ path: '/timeline', label: m.nav_timeline },
	{ path: '/measure', label: m.nav_measure },
	{ path: '/present', label: m.nav_present }
];
