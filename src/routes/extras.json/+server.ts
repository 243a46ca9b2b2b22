import { json } from '@sveltejs/kit';
import { extrasHere } from '$lib/server/extras.ts';

export const prerender = true;

/** What some decoders need beside the model, as far as this copy of the site has it: a file that every page can ask for. */
export const GET = () => json(extrasHere());
