import { existsSync, readFileSync } from 'node:fs';

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

/** Bytes of a model's weights; undefined where this copy of the site has none. */
export function weightsOf(name: string): number | undefined {
	const file = `static/models/${name}/manifest.json`;
	if (!existsSync(file)) return undefined;
	const { parts } = JSON.parse(readFileSync(file, 'utf8'));
	return (parts as { bytes: number }[]).reduce((sum, { bytes }) => sum + bytes, 0);
}
