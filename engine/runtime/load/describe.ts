import type { ModelInfo } from '../../decode/index.ts';
import type { Shape } from '../backend.ts';
import type { Beside, Manifest } from '../manifest.ts';
import { ORT_VERSION } from '../ort.ts';
import type { Found } from './find.ts';

/** Positions that the cache may grow to. */
const CAPACITY = 2048;

/** What a decoder has to know of the model. */
export function modelOf({ manifest, beside }: Found): ModelInfo {
	const { name, architecture, tokens } = manifest;
	const canvas = beside?.kind === 'adapter' ? beside.canvas : manifest.canvas;
	return {
		name: beside?.name ?? name,
		vocabulary: architecture.vocabulary,
		mask: tokens.mask,
		end: tokens.end,
		capacity: Math.min(CAPACITY, architecture.maxPositions),
		...(canvas && { canvas })
	};
}

/** Its sizes, as the backends use them. */
export function shapeOf({ architecture: a }: Manifest): Shape {
	return {
		layers: a.layers,
		width: a.width,
		kvHeads: a.kvHeads,
		headSize: a.headSize,
		groups: a.heads / a.kvHeads,
		vocabulary: a.vocabulary
	};
}

/** The target's manifest under the name of what rests on it: what a session is recorded with. */
export const identified = (manifest: Manifest, beside?: Beside): Manifest => {
	if (!beside) return manifest;
	const { name, checkpoint, license, card, evaluation } = beside;
	return { ...manifest, name, checkpoint, license, card, evaluation };
};

/** What ran, beside the model. */
export function versions(): Record<string, string> {
	const ort = { 'onnxruntime-web': ORT_VERSION };
	if (
		typeof navigator === 'undefined' ||
		!navigator.userAgent ||
		/^Node/.test(navigator.userAgent)
	) {
		return { ...ort, node: process.versions.node };
	}
	const browser = /(Edg|Chrome|Firefox|Version)\/([\d.]+)/.exec(navigator.userAgent);
	if (!browser) return ort;
	const name = { Edg: 'edge', Chrome: 'chromium', Firefox: 'firefox', Version: 'safari' }[
		browser[1]!
	]!;
	return { ...ort, [name]: browser[2]! };
}
