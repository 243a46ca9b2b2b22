import { checkTarget, isBeside, type Beside, type Manifest } from '../manifest.ts';
import { sourceOf, type Source } from '../source.ts';
import type { LoadOptions } from './contract.ts';

/** What is to be loaded: a model, and what rests on it. */
export interface Found {
	readonly source: Source;
	readonly manifest: Manifest;
	/** The folder of what rests on it. */
	readonly own?: Source;
	readonly beside?: Beside;
}

export async function find({ base, target, signal }: LoadOptions): Promise<Found> {
	const source = asSource(base);
	if (target === undefined) return { source, manifest: await source.manifest(signal) };
	const either = await source.either(signal);
	// A model that stands alone needs no target.
	if (!isBeside(either)) return { source, manifest: either };
	const under = asSource(target);
	const manifest = await under.manifest(signal);
	checkTarget(either, manifest);
	return { source: under, manifest, own: source, beside: either };
}

const asSource = (base: string | URL | Source): Source => (isSource(base) ? base : sourceOf(base));

const isSource = (base: LoadOptions['base']): base is Source =>
	typeof base === 'object' && 'manifest' in base;
