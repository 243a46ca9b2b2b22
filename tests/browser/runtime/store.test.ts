import { afterEach, describe, expect, test } from 'vitest';
import { download, sha256 } from '../../../engine/runtime/download.ts';
import type { Asset } from '../../../engine/runtime/manifest.ts';
import { fasterPrecision, rememberPrecision } from '../../../engine/runtime/precision.ts';
import { WebSource } from '../../../engine/runtime/source.ts';
import { cacheStore } from '../../../engine/runtime/store.ts';

const tiny = new URL('/tests/fixtures/tiny-model', location.href);

async function file(content: string): Promise<{ asset: Asset; bytes: Uint8Array }> {
	const bytes = new TextEncoder().encode(content);
	return { asset: { file: 'f', bytes: bytes.length, sha256: await sha256(bytes) }, bytes };
}

afterEach(async () => {
	for (const name of await caches.keys()) await caches.delete(name);
});

describe('the Cache API as a store', () => {
	test('keeps files from one opening to the next, each model apart', async () => {
		const { asset, bytes } = await file('weights');
		const store = await cacheStore('a');
		expect(await store.has(asset)).toBe(false);
		expect(await store.get(asset)).toBeUndefined();
		await store.put(asset, bytes);
		const again = await cacheStore('a');
		expect(await again.has(asset)).toBe(true);
		expect(await again.get(asset)).toEqual(bytes);
		expect(await (await cacheStore('b')).has(asset)).toBe(false);
		await again.delete(asset);
		expect(await store.has(asset)).toBe(false);
	});

	test('forgets files of other versions, and all where none are named', async () => {
		const [old, current] = [await file('old'), await file('current')];
		const store = await cacheStore('a');
		await store.put(old.asset, old.bytes);
		await store.put(current.asset, current.bytes);
		await store.putManifest('{}');
		await store.prune([current.asset]);
		expect(await store.has(old.asset)).toBe(false);
		expect(await store.has(current.asset)).toBe(true);
		expect(await store.manifest()).toBe('{}');
		await store.prune([]);
		expect(await store.has(current.asset)).toBe(false);
		expect(await store.manifest()).toBeUndefined();
	});

	test('knows how much room there is', async () => {
		expect(await (await cacheStore('a')).room()).toBeGreaterThan(0);
	});

	test('a download goes through it: the second one asks the network for nothing', async () => {
		const { asset, bytes } = await file('weights');
		let asked = 0;
		const get: typeof fetch = async () => {
			asked++;
			return new Response(bytes as Uint8Array<ArrayBuffer>);
		};
		for (let i = 0; i < 2; i++) {
			const options = { base: 'https://host.example/', store: await cacheStore('a'), fetch: get };
			expect(await download([asset], options)).toEqual([bytes]);
		}
		expect(asked).toBe(1);
	});
});

test('a model served by the site is stored, found and removed', async () => {
	const source = new WebSource(tiny);
	const manifest = await source.manifest();
	await source.files(manifest.parts);
	await source.settle(manifest);
	const { bytes, total } = await new WebSource(tiny).stored(manifest);
	expect(bytes).toBe(manifest.parts.reduce((sum, part) => sum + part.bytes, 0));
	expect(total).toBeGreaterThan(bytes);
	await source.remove();
	expect((await source.stored(manifest)).bytes).toBe(0);
});

test('which precision is faster is remembered for each device', async () => {
	expect(await fasterPrecision('gpu one')).toBeUndefined();
	const speed = { ar: 2, tidar: 4 };
	await rememberPrecision({ device: 'gpu one', f32: speed, f16: speed, faster: 'f16' });
	expect(await fasterPrecision('gpu one')).toBe('f16');
	expect(await fasterPrecision('gpu two')).toBeUndefined();
});
