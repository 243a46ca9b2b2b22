import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diskSource, sourceOf, WebSource } from '../../../engine/runtime/source.ts';

const folder = new URL('../../fixtures/tiny-model/', import.meta.url);
const base = 'https://host.example/models/tiny';

/** A host of the small model, which can be switched off. */
function host() {
	const asked: string[] = [];
	let on = true;
	const get: typeof fetch = async (input) => {
		if (!on) throw new TypeError('Failed to fetch');
		const url = new URL(String(input));
		const file = url.pathname.split('/').at(-1)!;
		expect(url.href).toBe(`${base}/${file}`);
		asked.push(file);
		return new Response(readFileSync(new URL(file, folder)));
	};
	return { get, asked, off: () => (on = false) };
}

describe('a model on the web', () => {
	test('comes with its manifest, and is there again without a network', async () => {
		const { get, asked, off } = host();
		const source = new WebSource(base, get);
		const manifest = await source.manifest();
		const { total } = await source.stored(manifest);
		expect(await source.stored(manifest)).toEqual({ bytes: 0, total });
		const files = await source.files(manifest.parts);
		expect(files.map(({ length }) => length)).toEqual(manifest.parts.map(({ bytes }) => bytes));
		await source.settle(manifest);
		off();
		expect(await source.manifest()).toEqual(manifest);
		const again = await source.files(manifest.parts);
		expect(again.map((bytes, i) => Buffer.compare(bytes, files[i]!))).toEqual(files.map(() => 0));
		expect(asked.filter((file) => file.startsWith('weights'))).toHaveLength(manifest.parts.length);
		const stored = await source.stored(manifest);
		expect(stored.bytes).toBe(manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0));
	});

	test('is gone after it was removed', async () => {
		const { get, off } = host();
		const source = new WebSource(base, get);
		const manifest = await source.manifest();
		await source.files(manifest.parts);
		await source.settle(manifest);
		await source.remove();
		expect((await source.stored(manifest)).bytes).toBe(0);
		off();
		await expect(source.manifest()).rejects.toMatchObject({ code: 'network' });
	});

	test('that was never stored says that the network is gone', async () => {
		const { get, off } = host();
		off();
		await expect(new WebSource(base, get).manifest()).rejects.toMatchObject({ code: 'network' });
	});
});

describe('a model on disk', () => {
	test('is found by path and by address', async () => {
		const manifest = await diskSource(folder).manifest();
		expect(await sourceOf(folder.pathname).manifest()).toEqual(manifest);
		const [part] = await sourceOf(folder).files(manifest.parts);
		expect(part).toHaveLength(manifest.parts[0]!.bytes);
	});

	test('that is missing, or another file, is named', async () => {
		await expect(sourceOf('/no/such/folder').manifest()).rejects.toMatchObject({
			code: 'not-found',
			message: expect.stringMatching(/\/no\/such\/folder\/manifest\.json cannot be read/)
		});
		const manifest = await diskSource(folder).manifest();
		const wrong = { ...manifest.parts[0]!, sha256: '0'.repeat(64) };
		await expect(diskSource(folder).files([wrong])).rejects.toMatchObject({ code: 'corrupt' });
	});
});
