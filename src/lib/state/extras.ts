import { base } from '$app/paths';
import type { DecoderName } from '$engine/decode/index.ts';

/** Bytes of weights that a pass moves: of the model itself, and of whoever drafts for it. */
export interface Moves {
	readonly model: number;
	readonly draft: number;
}

/** Weights that a decoder needs beside the model's: a draft model's, a head's, or an adapter's that makes another model of it. */
export interface Extra {
	readonly decoder: DecoderName;
	/** Its folder, beside the model's. */
	readonly folder: string;
	/** As its manifest has it. */
	readonly name: string;
	/** Bytes of its download at most, whatever it runs on. */
	readonly bytes: number;
	/** Bytes of weights that a pass of the decoder moves. */
	readonly moves: Moves;
}

/** Decoders that do without. */
const plain: readonly DecoderName[] = ['tidar', 'tidar-tree', 'ar', 'lookup', 'block'];

/** Whether all that a decoder needs is on this copy of the site. */
export const isHere = (decoder: DecoderName, extras: readonly Extra[]): boolean =>
	plain.includes(decoder) || extras.some((extra) => extra.decoder === decoder);

/** What is on this copy of the site (routes/extras.json). @throws TypeError where the site cannot be reached */
export async function extrasOf(get: typeof fetch): Promise<readonly Extra[]> {
	const response = await get(`${base}/extras.json`);
	return response.ok ? ((await response.json()) as Extra[]) : [];
}
