import type { DeviceInfo } from '../../decode/index.ts';
import type { Backend } from '../backend.ts';
import { Embedding } from '../embedding.ts';
import { RuntimeForward, TappedForward } from '../forward.ts';
import { SessionHead, type HeadSessions } from '../head.ts';
import type { Ort } from '../ort.ts';
import type { Files } from './bring.ts';
import type { LoadedModel, Reason } from './contract.ts';
import { identified, modelOf, shapeOf } from './describe.ts';
import type { Found } from './find.ts';

/** Puts what was started behind a Forward. */
export function finish(
	model: Found,
	{ blob, tokenizer }: Files,
	backend: Backend,
	onOrt: { readonly ort: typeof Ort; readonly sessions: HeadSessions } | undefined,
	reasons: readonly Reason[],
	lost: Promise<never>,
	device: DeviceInfo
): LoadedModel {
	const { manifest, beside } = model;
	const { values, scales } = manifest.embedding;
	// Copies, so that the rest of the blob, which is on the device now, can be forgotten.
	const embedding = new Embedding(
		blob.slice(values[0], values[0] + values[1]),
		new Uint16Array(blob.slice(scales[0], scales[0] + scales[1]).buffer),
		manifest.architecture.width
	);
	const info = modelOf(model);
	const common = { manifest: identified(manifest, beside), tokenizer, device, reasons, lost };
	if (beside?.kind !== 'eagle3' || !onOrt) {
		const forward = new RuntimeForward(info, backend, embedding);
		return { ...common, forward, dispose: () => forward.dispose() };
	}
	const forward = new TappedForward(info, backend, embedding);
	const { name, vocabulary } = beside;
	const about = { name, vocabulary, shape: shapeOf(manifest), capacity: info.capacity };
	const head = new SessionHead(onOrt.ort, onOrt.sessions, about, embedding);
	return {
		...common,
		forward,
		head,
		dispose: async () => {
			// The forward takes the device with it.
			await head.dispose();
			await forward.dispose();
		}
	};
}
