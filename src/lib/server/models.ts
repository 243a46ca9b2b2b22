import { existsSync, readFileSync } from 'node:fs';
import type { Weights } from '$lib/race/lanes.ts';

/** Read while the site is built: what the pages say of the model before it is here. */
export interface ModelFacts {
	readonly name: string;
	readonly layers: number;
	/** Numbers in one key or value row: KV heads × head size. */
	readonly row: number;
	/** Positions that the model was made for. */
	readonly positions: number;
	readonly license: string;
}

/** The facts of a model in static/models; undefined where this copy of the site has none. */
export function modelFacts(name: string): ModelFacts | undefined {
	const file = `static/models/${name}/manifest.json`;
	if (!existsSync(file)) return undefined;
	const { architecture: a, license } = JSON.parse(readFileSync(file, 'utf8'));
	return {
		name,
		layers: a.layers,
		row: a.kvHeads * a.headSize,
		positions: a.maxPositions,
		license
	};
}

/** Bytes of the weights of a model and of the one that drafts for it; undefined where this copy of the site has none. */
export function weightsOf(model: string, draft: string): Weights | undefined {
	const [own, other] = [model, draft].map((name) => {
		const file = `static/models/${name}/manifest.json`;
		if (!existsSync(file)) return undefined;
		const { parts } = JSON.parse(readFileSync(file, 'utf8'));
		return (parts as { bytes: number }[]).reduce((sum, { bytes }) => sum + bytes, 0);
	});
	return own === undefined ? undefined : { model: own, draft: other ?? 0 };
}
