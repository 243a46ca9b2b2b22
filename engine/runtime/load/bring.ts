import { join } from '../assemble.ts';
import {
	assetsOf,
	besideAssets,
	graphOf,
	headGraphs,
	type GraphName,
	type Recipe
} from '../manifest.ts';
import { WebSource } from '../source.ts';
import type { LoadOptions } from './contract.ts';
import type { Found } from './find.ts';

/** A graph file and what its external data is made of. */
export interface GraphBytes {
	readonly bytes: Uint8Array;
	readonly data: Recipe;
}

/** What a session is made of. */
export interface Files {
	readonly model: GraphBytes;
	readonly head?: { readonly fuse: GraphBytes; readonly draft: GraphBytes };
	/** The target's, continued by what rests on it. */
	readonly blob: Uint8Array<ArrayBuffer>;
	readonly tokenizer: string;
}

/**
 * Fetches what one graph needs, or finds it stored.
 * @throws RuntimeError as a Source does; the signal's reason when aborted.
 */
export async function bring(
	{ source, manifest, own, beside }: Found,
	name: GraphName,
	options: LoadOptions
): Promise<Files> {
	const graph = graphOf(manifest, name);
	// What is under it is here already as a rule: how far that is nobody waits for.
	const under = beside ? { ...options, onProgress: undefined } : options;
	const files = await source.files(assetsOf(manifest, name), under);
	if (source instanceof WebSource) await source.settle(manifest);
	const more = beside && own && (await own.files(besideAssets(beside, name), options));
	if (beside && own instanceof WebSource) await own.settle(beside);
	options.signal?.throwIfAborted();
	options.onStart?.();
	const parts = manifest.parts.length;
	const weights = files.slice(1, 1 + parts);
	const tokenizer = new TextDecoder().decode(files[1 + parts]);
	if (!beside || !more) {
		const model = { bytes: files[0]!, data: graph.data };
		return { model, blob: join(weights), tokenizer };
	}
	const blob = join([...weights, ...more.slice(-beside.parts.length)]);
	if (beside.kind === 'adapter') {
		const { data } = graphOf(beside, name);
		return { model: { bytes: more[0]!, data }, blob, tokenizer };
	}
	const { taps, fuse, draft } = headGraphs(beside, name);
	return {
		model: { bytes: more[0]!, data: taps.data },
		head: {
			fuse: { bytes: more[1]!, data: fuse.data },
			draft: { bytes: more[2]!, data: draft.data }
		},
		blob,
		tokenizer
	};
}
