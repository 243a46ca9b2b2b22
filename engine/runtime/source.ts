import { readAssets, readManifest } from './disk.ts';
import { download, request, storedBytes, type Notice, type Progress } from './download.ts';
import { RuntimeError } from './errors.ts';
import {
	filesOf,
	parseEither,
	parseManifest,
	type Asset,
	type Beside,
	type Manifest
} from './manifest.ts';
import { inNode } from './node.ts';
import { openStore, type AssetStore } from './store.ts';

export interface FileOptions {
	readonly onProgress?: (progress: Progress) => void;
	readonly onNotice?: (notice: Notice) => void;
	readonly signal?: AbortSignal;
}

/** Where a model's files come from. */
export interface Source {
	/** @throws RuntimeError 'network', 'not-found' or 'manifest' */
	manifest(signal?: AbortSignal): Promise<Manifest>;
	/** The same of a folder that may rest on another model. */
	either(signal?: AbortSignal): Promise<Manifest | Beside>;
	/** The files' bytes, verified, in the order asked for. @throws as `download` */
	files(assets: readonly Asset[], options?: FileOptions): Promise<Uint8Array[]>;
}

/** A folder on disk (Node only). */
export const diskSource = (folder: string | URL): Source => ({
	manifest: async () => parseManifest(await readManifest(folder)),
	either: async () => parseEither(await readManifest(folder)),
	files: (assets) => readAssets(folder, assets)
});

/** A folder on a web server, with what was downloaded kept in a store. */
export class WebSource implements Source {
	/** The folder's address, with a slash at its end. */
	readonly base: string;
	#store: Promise<AssetStore> | undefined;

	constructor(
		base: string | URL,
		private readonly get: typeof fetch = fetch
	) {
		this.base = String(base).replace(/\/*$/, '/');
	}

	/** The store is opened once: one in memory then survives from one try to the next. */
	store(): Promise<AssetStore> {
		return (this.#store ??= openStore(new URL(this.base).pathname));
	}

	manifest(signal?: AbortSignal): Promise<Manifest> {
		return this.#newest(parseManifest, signal);
	}

	either(signal?: AbortSignal): Promise<Manifest | Beside> {
		return this.#newest(parseEither, signal);
	}

	/** The newest manifest; the one kept with a stored model where the network is gone. */
	async #newest<One>(parse: (text: string) => One, signal?: AbortSignal): Promise<One> {
		const store = await this.store();
		try {
			const response = await request('manifest.json', this.#options, { cache: 'no-cache', signal });
			return parse(await response.text());
		} catch (error) {
			const kept =
				error instanceof RuntimeError && error.code === 'network' && (await store.manifest());
			if (!kept) throw error;
			return parse(kept);
		}
	}

	async files(assets: readonly Asset[], options: FileOptions = {}): Promise<Uint8Array[]> {
		return download(assets, { ...options, ...this.#options, store: await this.store() });
	}

	/** Keeps the manifest with the files, and deletes files of other versions. */
	async settle(manifest: Manifest | Beside): Promise<void> {
		const store = await this.store();
		try {
			await store.putManifest(JSON.stringify(manifest));
			await store.prune(manifest.graphs.flatMap(({ name }) => filesOf(manifest, name)));
		} catch {
			// A full disk; the visitor has been told by a notice, and the model works.
		}
	}

	/**
	 * Bytes that running the model needs and that are stored already, and in all: of the graph that most
	 * is stored of, as which one will run is known only when it does.
	 */
	async stored(manifest: Manifest | Beside): Promise<{ bytes: number; total: number }> {
		const store = await this.store();
		const graphs = await Promise.all(
			manifest.graphs.map(async ({ name }) => {
				const assets = filesOf(manifest, name);
				const total = assets.reduce((sum, { bytes }) => sum + bytes, 0);
				return { bytes: await storedBytes(assets, store), total };
			})
		);
		return graphs.reduce((best, one) =>
			one.total - one.bytes < best.total - best.bytes ? one : best
		);
	}

	/** Deletes all that is stored. */
	async remove(): Promise<void> {
		await (await this.store()).prune([]);
	}

	get #options() {
		return { base: this.base, fetch: this.get };
	}
}

/** Disk for a path or file: address in Node, else the web. */
export const sourceOf = (base: string | URL): Source =>
	inNode && !/^https?:/.test(String(base)) ? diskSource(base) : new WebSource(base);
