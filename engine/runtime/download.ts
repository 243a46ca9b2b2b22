import { RuntimeError, messageOf } from './errors.ts';
import type { Asset } from './manifest.ts';
import type { AssetStore } from './store.ts';

/** How far a download is. Bytes count once they are here, whether from the network or from the store. */
export interface Progress {
	readonly done: number;
	readonly total: number;
	/** Bytes of `done` that lay in the store already. */
	readonly stored: number;
	/** Bytes a second from the network over the last seconds; absent until there is something to tell. */
	readonly rate?: number;
}

/** Something the visitor should know though the download went on. */
export interface Notice {
	readonly code: 'storage-full' | 'storage-none';
	readonly message: string;
}

export interface DownloadOptions {
	/** Where the files lie: a directory's address, ending in a slash. */
	readonly base: string | URL;
	readonly store: AssetStore;
	readonly onProgress?: (progress: Progress) => void;
	readonly onNotice?: (notice: Notice) => void;
	/** Aborting ends the download; what is complete stays in the store, so starting again resumes it. */
	readonly signal?: AbortSignal;
	/** Files in flight at once. */
	readonly parallel?: number;
	readonly fetch?: typeof fetch;
	/** Milliseconds on a steady clock. */
	readonly now?: () => number;
}

/**
 * Brings files here, verified against their sha256, in the order asked for. What the store holds is not
 * fetched again; a stored file that turns out corrupt is fetched anew, alone; a file that arrives
 * corrupt is fetched a second time past all HTTP caches.
 * @throws RuntimeError 'network', 'not-found' or 'corrupt', with what to do; the signal's reason when
 * aborted.
 */
export async function download(
	assets: readonly Asset[],
	options: DownloadOptions
): Promise<Uint8Array[]> {
	const { store, signal, parallel = 4 } = options;
	options = { ...options, onNotice: once(options.onNotice) };
	const meter = new Meter(assets, options);
	await checkRoom(assets, options);

	const files = new Array<Uint8Array>(assets.length);
	// The first failure stops the others: nobody waits for bytes that will not be used.
	const failure = new AbortController();
	const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
	const queue = assets.entries();
	const work = async () => {
		for (const [index, asset] of queue) {
			stop.throwIfAborted();
			files[index] =
				(await fromStore(asset, store, meter)) ?? (await fromNetwork(asset, options, stop, meter));
		}
	};
	try {
		await Promise.all(Array.from({ length: Math.min(parallel, assets.length) }, work));
	} catch (error) {
		failure.abort(error);
		signal?.throwIfAborted();
		throw error;
	}
	return files;
}

/** The first notice is enough: the others would say the same of other files. */
function once(notify: DownloadOptions['onNotice']): DownloadOptions['onNotice'] {
	let told = false;
	return (
		notify &&
		((notice) => {
			if (!told) notify(notice);
			told = true;
		})
	);
}

/** How many bytes of these files the store holds. */
export async function storedBytes(assets: readonly Asset[], store: AssetStore): Promise<number> {
	const held = await Promise.all(assets.map((asset) => store.has(asset)));
	return assets.reduce((sum, { bytes }, i) => sum + (held[i] ? bytes : 0), 0);
}

/** Lower-case hexadecimal sha256. */
export async function sha256(bytes: Uint8Array): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
	return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const intact = async (asset: Asset, bytes: Uint8Array) =>
	bytes.length === asset.bytes && (await sha256(bytes)) === asset.sha256;

async function fromStore(
	asset: Asset,
	store: AssetStore,
	meter: Meter
): Promise<Uint8Array | undefined> {
	const bytes = await store.get(asset);
	if (!bytes) return undefined;
	if (await intact(asset, bytes)) {
		meter.found(asset.bytes);
		return bytes;
	}
	await store.delete(asset);
}

async function fromNetwork(
	asset: Asset,
	options: DownloadOptions,
	signal: AbortSignal,
	meter: Meter
): Promise<Uint8Array> {
	for (const cache of ['default', 'reload'] as const) {
		const bytes = await fetchBytes(asset, options, cache, signal, meter);
		if (await intact(asset, bytes)) {
			await keep(asset, bytes, options);
			return bytes;
		}
		meter.add(-bytes.length);
	}
	throw new RuntimeError(
		'corrupt',
		`${asset.file} arrived damaged twice (its sha256 is not the one in the manifest). Reload the page in a few minutes; if it stays so, the site was published incompletely.`
	);
}

async function fetchBytes(
	asset: Asset,
	options: DownloadOptions,
	cache: RequestCache,
	signal: AbortSignal,
	meter: Meter
): Promise<Uint8Array> {
	const response = await request(asset.file, options, { cache, signal });
	// Space for exactly this file; whatever a server sends beyond it shows that it is another one.
	const bytes = new Uint8Array(asset.bytes);
	let length = 0;
	try {
		const reader = response.body!.getReader();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			if (length + value.length > bytes.length) {
				await reader.cancel();
				break;
			}
			bytes.set(value, length);
			length += value.length;
			meter.add(value.length);
		}
	} catch (error) {
		meter.add(-length);
		throw lost(asset.file, signal, error);
	}
	return bytes.subarray(0, length);
}

/**
 * Fetches a file of the model's directory. A host that answers 200 with its 404 page counts as one that
 * answers 404.
 * @throws RuntimeError 'network' or 'not-found'; the signal's reason when aborted.
 */
export async function request(
	file: string,
	{ base, fetch: get = fetch }: Pick<DownloadOptions, 'base' | 'fetch'>,
	init?: RequestInit
): Promise<Response> {
	const url = new URL(file, base);
	let response: Response;
	try {
		response = await get(url, init);
	} catch (error) {
		throw lost(file, init?.signal, error);
	}
	const html = response.headers.get('content-type')?.includes('text/html');
	if (response.ok && !html && response.body) return response;
	throw new RuntimeError(
		response.status >= 500 ? 'network' : 'not-found',
		response.status >= 500
			? `The server answered ${response.status} for ${url}. Try again in a minute.`
			: `There is no ${url} (the server answered ${response.status}${html ? ' with a web page' : ''}). Reload the page; if it stays so, the model was not published with this site.`
	);
}

function lost(file: string, signal: AbortSignal | null | undefined, cause: unknown): unknown {
	if (signal?.aborted) return signal.reason;
	return new RuntimeError(
		'network',
		`The connection broke while ${file} was coming (${messageOf(cause)}). Check the network and start again: files that are complete are kept.`,
		{ cause }
	);
}

async function keep(asset: Asset, bytes: Uint8Array, { store, onNotice }: DownloadOptions) {
	try {
		await store.put(asset, bytes);
	} catch (error) {
		if (!(error instanceof DOMException)) throw error;
		onNotice?.(storageFull(asset.bytes));
	}
}

/** Says beforehand where the browser will not be able to keep the files. */
async function checkRoom(assets: readonly Asset[], { store, onNotice }: DownloadOptions) {
	if (!onNotice) return;
	const missing =
		assets.reduce((sum, { bytes }) => sum + bytes, 0) - (await storedBytes(assets, store));
	if (missing === 0) return;
	if (!store.lasting) {
		onNotice({
			code: 'storage-none',
			message:
				'This browser keeps no files for this page (private browsing?), so the model will be downloaded again next time.'
		});
		return;
	}
	const room = await store.room();
	if (room !== undefined && room < missing) onNotice(storageFull(missing));
}

const storageFull = (bytes: number): Notice => ({
	code: 'storage-full',
	message: `The browser has no room for ${(bytes / 1e6).toFixed(1)} MB more, so the model works now but will be downloaded again next time. Free disk space, or delete the data of other sites, to keep it.`
});

/** Milliseconds over which the rate is taken, and between two reports. */
const WINDOW = 3000;
const INTERVAL = 100;

/** Adds up bytes and reports them, not more often than anybody can see. */
class Meter {
	#done = 0;
	#stored = 0;
	#reported = -Infinity;
	readonly #total: number;
	readonly #now: () => number;
	/** Times and network bytes so far, the last WINDOW of them. */
	#samples: [time: number, bytes: number][] = [];

	constructor(
		assets: readonly Asset[],
		private readonly options: DownloadOptions
	) {
		this.#total = assets.reduce((sum, { bytes }) => sum + bytes, 0);
		this.#now = options.now ?? (() => performance.now());
		this.#samples.push([this.#now(), 0]);
	}

	/** A file was in the store. */
	found(bytes: number): void {
		this.#stored += bytes;
		this.add(bytes);
	}

	/** Bytes came from the network; negative where they turned out useless. */
	add(bytes: number): void {
		this.#done += bytes;
		const now = this.#now();
		const complete = this.#done === this.#total;
		if (now - this.#reported < INTERVAL && !complete) return;
		this.#reported = now;
		this.#samples.push([now, this.#done - this.#stored]);
		while (this.#samples.length > 2 && this.#samples[1]![0] < now - WINDOW) this.#samples.shift();
		const [since, before] = this.#samples[0]!;
		const network = this.#done - this.#stored - before;
		this.options.onProgress?.({
			done: this.#done,
			total: this.#total,
			stored: this.#stored,
			...(now > since && network > 0 && { rate: (network * 1000) / (now - since) })
		});
	}
}
