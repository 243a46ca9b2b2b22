import type { Asset } from './manifest.ts';

/**
 * Where downloaded files stay. A file is known by its hash, so a store never has to know whether it is
 * the right one; `download` verifies what it takes out.
 */
export interface AssetStore {
	/** False where the files are gone with the page (private browsing, no Cache API). */
	readonly lasting: boolean;
	get(asset: Asset): Promise<Uint8Array | undefined>;
	/** @throws DOMException QuotaExceededError where the disk is full. */
	put(asset: Asset, bytes: Uint8Array): Promise<void>;
	/** Whether the file is there, without reading it. */
	has(asset: Asset): Promise<boolean>;
	delete(asset: Asset): Promise<void>;
	/** Deletes all files but these, and the manifest with them where none are named. */
	prune(keep: readonly Asset[]): Promise<void>;
	/** The manifest that came with the files: with it, a stored model works without a network. */
	manifest(): Promise<string | undefined>;
	putManifest(text: string): Promise<void>;
	/** Bytes that may still be stored, if the browser says so. */
	room(): Promise<number | undefined>;
}

/** Keeps files in memory: they survive a failed download, not the page. */
export function memoryStore(): AssetStore {
	const files = new Map<string, Uint8Array>();
	let manifest: string | undefined;
	return {
		lasting: false,
		get: async ({ sha256 }) => files.get(sha256),
		put: async ({ sha256 }, bytes) => void files.set(sha256, bytes),
		has: async ({ sha256 }) => files.has(sha256),
		delete: async ({ sha256 }) => void files.delete(sha256),
		async prune(keep) {
			const wanted = new Set(keep.map(({ sha256 }) => sha256));
			for (const hash of files.keys()) if (!wanted.has(hash)) files.delete(hash);
			if (keep.length === 0) manifest = undefined;
		},
		manifest: async () => manifest,
		putManifest: async (text) => void (manifest = text),
		room: async () => undefined
	};
}

/**
 * Keeps a model's files in the Cache API.
 * @throws DOMException where the browser forbids it (SecurityError in some private modes).
 */
export async function cacheStore(
	model: string,
	storage: CacheStorage = caches
): Promise<AssetStore> {
	const cache = await storage.open(`tidar-lab:model:${model}`);
	// The Cache API wants addresses; a file's own would tie it to the place that the site is served from.
	const key = ({ sha256 }: Asset) => `https://model.invalid/${sha256}`;
	const manifestKey = 'https://model.invalid/manifest.json';
	return {
		lasting: true,
		async get(asset) {
			const response = await cache.match(key(asset));
			return response && new Uint8Array(await response.arrayBuffer());
		},
		put: (asset, bytes) => cache.put(key(asset), new Response(bytes as Uint8Array<ArrayBuffer>)),
		has: async (asset) => (await cache.match(key(asset))) !== undefined,
		delete: async (asset) => void (await cache.delete(key(asset))),
		async prune(keep) {
			const wanted = new Set(keep.map(key));
			if (keep.length > 0) wanted.add(manifestKey);
			for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
		},
		manifest: async () => (await cache.match(manifestKey))?.text(),
		putManifest: (text) => cache.put(manifestKey, new Response(text)),
		async room() {
			const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
			return quota === undefined || usage === undefined ? undefined : quota - usage;
		}
	};
}

/** A store that lasts where the browser has one, else one in memory. */
export async function openStore(model: string): Promise<AssetStore> {
	try {
		return await cacheStore(model);
	} catch {
		return memoryStore();
	}
}
