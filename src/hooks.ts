import type { Reroute } from '@sveltejs/kit';
import { deLocalizeUrl } from '$lib/paraglide/runtime';

/** /zh/decode and /decode are one route. */
export const reroute: Reroute = ({ url }) => deLocalizeUrl(url).pathname;
