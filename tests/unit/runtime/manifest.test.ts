import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assetsOf, graphOf, parseManifest } from '../../../engine/runtime/manifest.ts';

const text = readFileSync(
	new URL('../../../static/models/tidar-smollm2-135m/manifest.json', import.meta.url),
	'utf8'
);
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const changed = (change: (manifest: any) => void) => {
	const manifest = JSON.parse(text);
	change(manifest);
	return JSON.stringify(manifest);
};

describe('manifest', () => {
	test('of the model that the site serves', () => {
		const manifest = parseManifest(text);
		const blob = manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0);
		for (const part of manifest.parts) expect(part.bytes).toBeLessThanOrEqual(16 * 2 ** 20);
		for (const { name } of manifest.graphs) {
			const total = assetsOf(manifest, name).reduce((sum, { bytes }) => sum + bytes, 0);
			expect(total).toBeLessThanOrEqual(100e6);
			for (const step of graphOf(manifest, name).data.recipe) {
				expect(step.from[0] + step.from[1]).toBeLessThanOrEqual(blob);
			}
		}
	});

	test.each<[string, string, RegExp]>([
		['no JSON', '<!doctype html>', /not JSON/],
		['nothing', '{}', /formatVersion/],
		['a later format', changed((m) => (m.formatVersion = 2)), /formatVersion: must be 1/],
		[
			'a path',
			changed((m) => (m.parts[1].file = '../secret')),
			/parts\.1\.file: must be a plain file name/
		],
		['a hash', changed((m) => (m.parts[0].sha256 = 'abc')), /parts\.0\.sha256: must be 64/],
		['no parts', changed((m) => (m.parts = [])), /parts/],
		[
			'a transform',
			changed((m) => (m.graphs[0].data.recipe[3].transform = 'zip')),
			/graphs\.0\.data\.recipe\.3/
		],
		['a short blob', changed((m) => m.parts.splice(0, 5)), /embedding: it ends past/],
		['another width', changed((m) => (m.architecture.width = 64)), /embedding\.values/]
	])('with %s wrong is refused in a sentence', (_, wrong, sentence) => {
		expect(() => parseManifest(wrong)).toThrow(sentence);
		expect(() => parseManifest(wrong)).toThrow(expect.objectContaining({ code: 'manifest' }));
	});

	test('without the graph that is wanted', () => {
		const manifest = parseManifest(changed((m) => m.graphs.pop()));
		expect(() => graphOf(manifest, 'wasm-f32')).toThrow(/wasm-f32/);
	});
});
