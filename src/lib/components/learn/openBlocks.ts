import { asset } from '$app/paths';
import { DecoderClient } from '$engine/protocol/client.ts';
import { Blocks } from '$lib/learn/blocks.svelte.ts';
import { MODEL } from '$lib/state/model-name.ts';
import { Model } from '$lib/state/model.svelte.ts';
import Panel from './OwnBlocks.svelte';

/** What it takes to decode on this device: runs, and the panel that starts them. Loaded when it is asked for. */
export function openBlocks(): { blocks: Blocks; Panel: typeof Panel } {
	const client = new DecoderClient(
		() =>
			new Worker(new URL('../../../workers/decoder.worker.ts', import.meta.url), { type: 'module' })
	);
	const base = () => new URL(asset(`/models/${MODEL}/`), location.href).href;
	return { blocks: new Blocks(new Model(client, base)), Panel };
}
