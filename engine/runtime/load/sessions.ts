import { ExternalData } from '../assemble.ts';
import type { Gpu } from '../device.ts';
import { RuntimeError, messageOf } from '../errors.ts';
import type { HeadSessions } from '../head.ts';
import { ortQueue, type Ort } from '../ort.ts';
import type { Files, GraphBytes } from './bring.ts';

/** One after the other: see ortQueue. */
export async function headSessions(
	ort: typeof Ort,
	{ fuse, draft }: NonNullable<Files['head']>,
	blob: Uint8Array,
	provider: Ort.InferenceSession.ExecutionProviderConfig,
	gpu?: Gpu
): Promise<HeadSessions> {
	const first = await createSession(ort, fuse, blob, provider, gpu, 'cpu');
	return { fuse: first, draft: await createSession(ort, draft, blob, provider, gpu, 'cpu') };
}

export async function createSession(
	ort: typeof Ort,
	graph: GraphBytes,
	blob: Uint8Array,
	provider: Ort.InferenceSession.ExecutionProviderConfig,
	gpu?: Gpu,
	/** Where outputs are to lie. */
	outputs: 'gpu-buffer' | 'cpu' = 'gpu-buffer'
): Promise<Ort.InferenceSession> {
	const create = () =>
		ort.InferenceSession.create(graph.bytes, {
			executionProviders: [provider],
			externalData: [{ path: graph.data.file, data: new ExternalData(graph.data, blob) }],
			...(gpu && { preferredOutputLocation: outputs })
		});
	try {
		return await ortQueue.run(() => (gpu ? Promise.race([create(), gpu.lost]) : create()));
	} catch (cause) {
		if (cause instanceof RuntimeError) throw cause;
		throw new RuntimeError(
			'session',
			gpu
				? `The model does not start on the GPU (${gpu.name}): ${messageOf(cause)}.`
				: `The model does not start in WebAssembly: ${messageOf(cause)}. It needs about 1.2 GB of memory; close other pages and try again.`,
			{ cause }
		);
	}
}
