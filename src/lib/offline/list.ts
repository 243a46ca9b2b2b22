/** What the site consists of, as src/offline/adapter.js wrote it: addresses relative to the base, with bytes. */
export interface SiteList {
	/** Name of the build. */
	readonly version: string;
	/** Kept from the first visit on; pages come last, so that a page that is kept has what it needs. */
	readonly first: readonly Entry[];
	/** Kept once used: runtimes and fonts, some MB each. */
	readonly used: readonly Entry[];
}

export type Entry = readonly [address: string, bytes: number];

/** @throws Error with a sentence where the text is no such list. */
export function parseList(text: string): SiteList {
	let list: unknown;
	try {
		list = JSON.parse(text);
	} catch {
		list = undefined;
	}
	if (isList(list)) return list;
	throw new Error('offline.json is not a list of files. Build the site again.');
}

const isList = (value: unknown): value is SiteList => {
	if (typeof value !== 'object' || value === null) return false;
	const { version, first, used } = value as Record<string, unknown>;
	return typeof version === 'string' && [first, used].every(areEntries);
};

const areEntries = (value: unknown): value is Entry[] =>
	Array.isArray(value) &&
	value.every(
		(entry) =>
			Array.isArray(entry) &&
			entry.length === 2 &&
			typeof entry[0] === 'string' &&
			typeof entry[1] === 'number' &&
			entry[1] >= 0
	);

export const sumOf = (entries: readonly Entry[]): number =>
	entries.reduce((sum, [, bytes]) => sum + bytes, 0);

/** What tells ONNX Runtime's three WebAssembly files apart, of which a browser runs one. */
export interface Ability {
	readonly webgpu: boolean;
	/** WebAssembly can suspend itself (JSPI). */
	readonly jspi: boolean;
}

/**
 * The runtimes that this browser may need: the one for WebGPU, if it has that, and the one without, which is the way out
 * when the GPU fails.
 */
export function runtimesFor({ used }: SiteList, { webgpu, jspi }: Ability): Entry[] {
	const kinds = [/ort-wasm[^/]*\.jspi-/, /ort-wasm[^/]*\.asyncify-/];
	const gpu = kinds[jspi ? 0 : 1]!;
	return used.filter(
		([address]) =>
			address.endsWith('.wasm') &&
			(kinds.some((kind) => kind.test(address)) ? webgpu && gpu.test(address) : true)
	);
}
