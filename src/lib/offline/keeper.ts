import { parseList, sumOf, type Entry, type SiteList } from './list.ts';

/** Names of the caches. The model's own (engine/runtime/store.ts) begins otherwise and is never touched. */
const SITE = 'tidar-lab:site:';
const USED = 'tidar-lab:used';
/** Files on their way at once. */
const PARALLEL = 6;

export interface KeeperOptions {
	/** Where the site lies: an absolute address ending in a slash. */
	readonly base: string;
	readonly version: string;
	readonly caches: CacheStorage;
	readonly fetch: typeof fetch;
	/** Hears how many bytes of the site are kept, and how many that is in all. */
	readonly onProgress: (done: number, total: number) => void;
}

/**
 * Keeps one version of the site: everything of its list from the first visit on, and large files once they were used.
 */
export class Keeper {
	#list: Promise<SiteList> | undefined;
	#filling: Promise<void> | undefined;

	constructor(private readonly options: KeeperOptions) {}

	/**
	 * Keeps what is missing, files of unchanged name from the version before. May be called as often as one likes.
	 * @throws Error where a file cannot be had; what came stays.
	 */
	fill(): Promise<void> {
		return (this.#filling ??= this.#fill().finally(() => (this.#filling = undefined)));
	}

	async #fill(): Promise<void> {
		const cache = await this.#site();
		const missing = await this.#missing();
		const { total, ...state } = await this.state();
		let { done } = state;
		const keep = async ([address, bytes]: Entry) => {
			await cache.put(this.#url(address), await this.#bring(address));
			this.options.onProgress((done += bytes), total);
		};
		const pages = missing.filter(([address]) => isPage(address));
		const others = missing.filter(([address]) => !isPage(address));
		await each(others, keep);
		await each(pages, keep);
	}

	/** Bytes of the site that are kept, and in all. @throws as fill */
	async state(): Promise<{ done: number; total: number }> {
		const total = sumOf((await this.list()).first);
		return { done: total - sumOf(await this.#missing()), total };
	}

	async #missing(): Promise<Entry[]> {
		const { first } = await this.list();
		const here = new Set((await (await this.#site()).keys()).map(({ url }) => url));
		return first.filter(([address]) => !here.has(this.#url(address)));
	}

	/** Keeps files that are otherwise kept when used. @throws as fill */
	async keepAlso(addresses: readonly string[]): Promise<void> {
		const cache = await this.options.caches.open(USED);
		for (const address of addresses) {
			if (await cache.match(this.#url(address))) continue;
			await cache.put(this.#url(address), await this.#bring(address));
		}
	}

	async forgetUsed(): Promise<void> {
		await this.options.caches.delete(USED);
	}

	/** What is kept under an address, whatever is behind its question mark. */
	async find(url: string): Promise<Response | undefined> {
		const { caches } = this.options;
		const plain = url.replace(/[?#].*$/, '');
		return (
			(await (await this.#site()).match(plain)) ??
			// A tab that still shows the version before may ask for its files.
			(isImmutable(plain) ? await caches.match(plain) : undefined)
		);
	}

	/** The page for addresses where none is. */
	async missing(): Promise<Response | undefined> {
		const kept = await (await this.#site()).match(this.#url('404.html'));
		return kept && new Response(kept.body, { status: 404, headers: kept.headers });
	}

	/** Whether this version has something under an address, kept or not; true where its list cannot be had. */
	async knows(url: string): Promise<boolean> {
		const plain = url.replace(/[?#].*$/, '');
		try {
			return (await this.list()).first.some(([address]) => this.#url(address) === plain);
		} catch {
			return true;
		}
	}

	/** Keeps a file that was just fetched, if it is one of those kept when used. Never throws: the disk may be full. */
	async use(url: string, response: Response): Promise<void> {
		if (!isImmutable(url)) return;
		try {
			const { used } = await this.list();
			if (!used.some(([address]) => this.#url(address) === url)) return;
			await (await this.options.caches.open(USED)).put(url, response);
		} catch {
			// It will be fetched again.
		}
	}

	/** Deletes other versions, and used files that this version does not have. */
	async clean(): Promise<void> {
		const { caches, version } = this.options;
		for (const name of await caches.keys()) {
			if (name.startsWith(SITE) && name !== SITE + version) await caches.delete(name);
		}
		const { used } = await this.list();
		const known = new Set(used.map(([address]) => this.#url(address)));
		const cache = await caches.open(USED);
		for (const { url } of await cache.keys()) if (!known.has(url)) await cache.delete(url);
	}

	/** The list of this version, kept with it. @throws Error where another version is being published right now. */
	list(): Promise<SiteList> {
		this.#list ??= this.#readList();
		this.#list.catch(() => (this.#list = undefined));
		return this.#list;
	}

	async #readList(): Promise<SiteList> {
		const cache = await this.#site();
		const url = this.#url('offline.json');
		const kept = await cache.match(url);
		if (kept) return parseList(await kept.text());
		const response = await this.#bring('offline.json');
		const list = parseList(await response.clone().text());
		if (list.version !== this.options.version)
			throw new Error(`The site is being published anew: ${list.version} is there already.`);
		await cache.put(url, response);
		return list;
	}

	/** A file: from any version where its name is its content, else from the server, past the browser's own cache. */
	async #bring(address: string): Promise<Response> {
		const url = this.#url(address);
		const known = isImmutable(url) && (await this.options.caches.match(url));
		if (known) return known;
		const response = await this.options.fetch(url, {
			cache: isImmutable(url) ? 'default' : 'no-cache'
		});
		// A page that is not there may be served as 404.html under its own address with status 200 or 404.
		if (response.ok) return response;
		throw new Error(`${url} cannot be kept: the server answered ${response.status}.`);
	}

	#site(): Promise<Cache> {
		return this.options.caches.open(SITE + this.options.version);
	}

	#url(address: string): string {
		return new URL(address, this.options.base).href;
	}
}

const isPage = (address: string): boolean => /(^|\/|\.html)$/.test(address);

/** Files that carry their content's hash in their name. */
const isImmutable = (url: string): boolean => url.includes('/_app/immutable/');

/** Some at once; the first failure ends it. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	const queue = items.values();
	await Promise.all(
		Array.from({ length: PARALLEL }, async () => {
			for (const item of queue) await work(item);
		})
	);
}
