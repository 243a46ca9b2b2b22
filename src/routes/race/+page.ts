import { extrasOf } from '$lib/state/extras.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ data, fetch }) => ({
	...data,
	extras: await extrasOf(fetch)
});
