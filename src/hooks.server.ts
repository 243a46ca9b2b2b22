import type { Handle } from '@sveltejs/kit';
import { paraglideMiddleware } from '$lib/paraglide/server';

/** The faces that the first lines of every page are set in: asked for with the page, not once its styles are read. */
const earlyFonts = /(source-serif-4|inter)-latin-wght-normal/;

/** Prerenders every page in the language of its address. */
export const handle: Handle = ({ event, resolve }) =>
	paraglideMiddleware(event.request, ({ request, locale }) => {
		event.request = request;
		return resolve(event, {
			transformPageChunk: ({ html }) => html.replace('%lang%', locale),
			preload: ({ type, path }) => (type === 'font' ? earlyFonts.test(path) : type !== 'asset')
		});
	});
