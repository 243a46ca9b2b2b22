import { describe, expect, test } from 'vitest';
import {
	download,
	request,
	sha256,
	type Notice,
	type Progress
} from '../../../engine/runtime/download.ts';
import type { Asset } from '../../../engine/runtime/manifest.ts';
import { memoryStore, type AssetStore } from '../../../engine/runtime/store.ts';

const base = 'https://host.example/models/m/';

/** Files of different, known contents. */
async function files(count: number, size = 1000): Promise<{ asset: Asset; bytes: Uint8Array }[]> {
	return Promise.all(
		Array.from({ length: count }, async (_, i) => {
			const bytes = Uint8Array.from({ length: size + i }, (_, j) => (i * 31 + j * 7) & 255);
			return { asset: { file: `f${i}.bin`, bytes: size + i, sha256: await sha256(bytes) }, bytes };
		})
	);
}

/** A host; `answers` overrides what it says to a file's first, second, … request. */
function host(
	content: { asset: Asset; bytes: Uint8Array }[],
	answers: Record<string, ((signal?: AbortSignal | null) => Response | Promise<Response>)[]> = {}
) {
	const asked: string[] = [];
	const caches: (RequestCache | undefined)[] = [];
	const get: typeof fetch = async (input, init) => {
		const file = new URL(String(input)).pathname.split('/').at(-1)!;
		asked.push(file);
		caches.push(init?.cache);
		const special = answers[file]?.shift();
		if (special) return special(init?.signal);
		const found = content.find(({ asset }) => asset.file === file);
		return found ? new Response(found.bytes.slice()) : new Response('', { status: 404 });
	};
	return { get, asked, caches };
}

const assetsOf = (content: { asset: Asset }[]) => content.map(({ asset }) => asset);

const html = () =>
	new Response('<!doctype html><title>404</title>', { headers: { 'content-type': 'text/html' } });
const dead = () => Promise.reject(new TypeError('Failed to fetch'));

/** A body that gives some bytes and then breaks. */
const broken = (bytes: Uint8Array) => () =>
	new Response(
		new ReadableStream({
			pull(controller) {
				controller.enqueue(bytes.slice(0, 100));
				controller.error(new TypeError('network error'));
			}
		})
	);

describe('download', () => {
	test('brings files in order, and stores them', async () => {
		const content = await files(7);
		const store = memoryStore();
		const { get } = host(content);
		const got = await download(assetsOf(content), { base, store, fetch: get });
		expect(got).toEqual(content.map(({ bytes }) => bytes));
		for (const { asset } of content) expect(await store.has(asset)).toBe(true);
	});

	test('fetches what is stored not again', async () => {
		const content = await files(3);
		const store = memoryStore();
		await store.put(content[1]!.asset, content[1]!.bytes);
		const { get, asked } = host(content);
		const reports: Progress[] = [];
		await download(assetsOf(content), {
			base,
			store,
			fetch: get,
			onProgress: (p) => reports.push(p)
		});
		expect(asked.sort()).toEqual(['f0.bin', 'f2.bin']);
		expect(reports.at(-1)).toMatchObject({ done: 3003, total: 3003, stored: 1001 });
	});

	test('has at most the given number of files in flight', async () => {
		const content = await files(10);
		let now = 0;
		let most = 0;
		const { get } = host(content);
		const slow: typeof fetch = async (...parameters) => {
			most = Math.max(most, ++now);
			const response = await get(...parameters);
			await new Promise((resolve) => setImmediate(resolve));
			now--;
			return response;
		};
		await download(assetsOf(content), { base, store: memoryStore(), fetch: slow, parallel: 3 });
		expect(most).toBe(3);
	});

	test('resumes after the network broke: complete files are kept, progress starts from them', async () => {
		const content = await files(4);
		const store = memoryStore();
		const first = host(content, { 'f2.bin': [broken(content[2]!.bytes)] });
		const failed = download(assetsOf(content), { base, store, fetch: first.get, parallel: 1 });
		await expect(failed).rejects.toMatchObject({ code: 'network' });
		await expect(failed).rejects.toThrow(/f2\.bin.*start again/);
		const second = host(content);
		const reports: Progress[] = [];
		await download(assetsOf(content), {
			base,
			store,
			fetch: second.get,
			onProgress: (p) => reports.push(p)
		});
		expect(second.asked.sort()).toEqual(['f2.bin', 'f3.bin']);
		expect(reports.at(-1)).toMatchObject({ done: 4006, stored: 2001 });
	});

	test('a corrupt stored file is fetched anew, alone', async () => {
		const content = await files(3);
		const store = memoryStore();
		for (const { asset, bytes } of content) await store.put(asset, bytes);
		const damaged = content[1]!.bytes.slice();
		damaged[5]! ^= 1;
		await store.put(content[1]!.asset, damaged);
		const { get, asked } = host(content);
		const got = await download(assetsOf(content), { base, store, fetch: get });
		expect(asked).toEqual(['f1.bin']);
		expect(got[1]).toEqual(content[1]!.bytes);
		expect(await store.get(content[1]!.asset)).toEqual(content[1]!.bytes);
	});

	test('a file that arrives damaged is fetched once more, past HTTP caches, and not counted twice', async () => {
		const content = await files(1);
		const wrong = () => new Response(content[0]!.bytes.slice().reverse());
		const { get, asked, caches } = host(content, { 'f0.bin': [wrong] });
		const reports: Progress[] = [];
		const got = await download(assetsOf(content), {
			base,
			store: memoryStore(),
			fetch: get,
			onProgress: (p) => reports.push(p)
		});
		expect(got[0]).toEqual(content[0]!.bytes);
		expect(asked).toHaveLength(2);
		expect(caches).toEqual(['default', 'reload']);
		expect(reports.at(-1)!.done).toBe(1000);
	});

	test.each([
		['other bytes', (bytes: Uint8Array) => bytes.slice().reverse()],
		['too short', (bytes: Uint8Array) => bytes.slice(0, 10)],
		['too long', (bytes: Uint8Array) => new Uint8Array(bytes.length + 1)]
	])('wrong twice (%s) is an error, and nothing is stored', async (_, change) => {
		const content = await files(1);
		const store = memoryStore();
		const wrong = () => new Response(change(content[0]!.bytes) as Uint8Array<ArrayBuffer>);
		const { get } = host(content, { 'f0.bin': [wrong, wrong] });
		const failed = download(assetsOf(content), { base, store, fetch: get });
		await expect(failed).rejects.toMatchObject({ code: 'corrupt' });
		expect(await store.has(content[0]!.asset)).toBe(false);
	});

	test("a host's 404 page that says 200 is a missing file", async () => {
		const content = await files(1);
		const { get } = host(content, { 'f0.bin': [html] });
		const failed = download(assetsOf(content), { base, store: memoryStore(), fetch: get });
		await expect(failed).rejects.toMatchObject({ code: 'not-found' });
		await expect(failed).rejects.toThrow(/f0\.bin/);
	});

	test('no network at all', async () => {
		const content = await files(2);
		const { get } = host(content, { 'f0.bin': [dead], 'f1.bin': [dead] });
		await expect(
			download(assetsOf(content), { base, store: memoryStore(), fetch: get })
		).rejects.toMatchObject({ code: 'network' });
	});

	test('a server error is worth another try', async () => {
		const get = async () => new Response('', { status: 503 });
		await expect(request('x', { base, fetch: get })).rejects.toMatchObject({ code: 'network' });
	});

	test('cancelling ends it with the signal and keeps what is complete', async () => {
		const content = await files(3);
		const store = memoryStore();
		const controller = new AbortController();
		const waiting = (signal?: AbortSignal | null) =>
			new Promise<Response>((_, reject) => {
				signal!.addEventListener('abort', () => reject(signal!.reason as Error));
				controller.abort();
			});
		const { get } = host(content, { 'f1.bin': [waiting] });
		const cancelled = download(assetsOf(content), {
			base,
			store,
			fetch: get,
			parallel: 1,
			signal: controller.signal
		});
		expect(await cancelled.catch((error: unknown) => error)).toBe(controller.signal.reason);
		expect(await store.has(content[0]!.asset)).toBe(true);
		expect(await store.has(content[2]!.asset)).toBe(false);
	});

	test('one failure stops the other files', async () => {
		const content = await files(2);
		let stopped = false;
		const waiting = (signal?: AbortSignal | null) =>
			new Promise<Response>((_, reject) => {
				signal!.addEventListener('abort', () => {
					stopped = true;
					reject(signal!.reason as Error);
				});
			});
		const { get } = host(content, { 'f0.bin': [waiting], 'f1.bin': [html] });
		await expect(
			download(assetsOf(content), { base, store: memoryStore(), fetch: get })
		).rejects.toMatchObject({ code: 'not-found' });
		expect(stopped).toBe(true);
	});

	test('a full disk is told once, and the files still arrive', async () => {
		const content = await files(3);
		const full: AssetStore = {
			...memoryStore(),
			lasting: true,
			put: async () => {
				throw new DOMException('full', 'QuotaExceededError');
			}
		};
		const notices: Notice[] = [];
		const { get } = host(content);
		const got = await download(assetsOf(content), {
			base,
			store: full,
			fetch: get,
			onNotice: (n) => notices.push(n)
		});
		expect(got).toHaveLength(3);
		expect(notices.map(({ code }) => code)).toEqual(['storage-full']);
	});

	test('too little room is told before the download, in megabytes', async () => {
		const content = await files(2);
		const tight: AssetStore = { ...memoryStore(), lasting: true, room: async () => 1500 };
		const notices: Notice[] = [];
		const { get, asked } = host(content);
		await download(assetsOf(content), {
			base,
			store: tight,
			fetch: get,
			onNotice: (n) => {
				expect(asked).toEqual([]);
				notices.push(n);
			}
		});
		expect(notices.map(({ code }) => code)).toEqual(['storage-full']);
		expect(notices[0]!.message).toMatch(/0\.0 MB/);
	});

	test('a browser that keeps nothing is told of', async () => {
		const content = await files(1);
		const notices: Notice[] = [];
		const { get } = host(content);
		const options = {
			base,
			store: memoryStore(),
			fetch: get,
			onNotice: (n: Notice) => notices.push(n)
		};
		await download(assetsOf(content), options);
		expect(notices.map(({ code }) => code)).toEqual(['storage-none']);
	});

	test('the rate is that of the network over the last seconds', async () => {
		const content = await files(5, 100_000);
		const store = memoryStore();
		await store.put(content[0]!.asset, content[0]!.bytes);
		let clock = 0;
		const reports: Progress[] = [];
		const { get } = host(content);
		const slow: typeof fetch = (...parameters) => {
			clock += 500;
			return get(...parameters);
		};
		await download(assetsOf(content), {
			base,
			store,
			fetch: slow,
			parallel: 1,
			now: () => clock,
			onProgress: (p) => reports.push(p)
		});
		const last = reports.at(-1)!;
		expect(last.stored).toBe(100_000);
		// Four files of 0.1 MB in 2 s.
		expect(last.rate).toBeCloseTo(400_010 / 2, -3);
		expect(reports.map(({ done }) => done)).toEqual(
			[...reports.map(({ done }) => done)].sort((a, b) => a - b)
		);
	});
});
