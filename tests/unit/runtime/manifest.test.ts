import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCompanions } from '../../../engine/runtime/companions.ts';
import {
	assetsOf,
	besideAssets,
	graphOf,
	isBeside,
	parseEither,
	parseManifest,
	type Beside
} from '../../../engine/runtime/manifest.ts';

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

describe('manifest of what rests on another model', () => {
	const read = (name: string) =>
		readFileSync(new URL(`../../fixtures/beside/${name}/manifest.json`, import.meta.url), 'utf8');
	// eslint-disable-next-line @typescript-eslint/no-explicit-any
	const wrong = (name: string, change: (manifest: any) => void) => {
		const manifest = JSON.parse(read(name));
		change(manifest);
		return JSON.stringify(manifest);
	};

	test('a head: its own graphs compute in float32, and come before its weights', () => {
		const head = parseEither(read('head')) as Beside;
		expect(isBeside(head)).toBe(true);
		const files = besideAssets(head, 'webgpu-f16').map(({ file }) => file);
		expect(files).toEqual([
			'webgpu-f16.taps.onnx',
			'webgpu-f32.fuse.onnx',
			'webgpu-f32.draft.onnx',
			...head.parts.map(({ file }) => file)
		]);
	});

	test('a whole model is read as such', () => {
		expect(isBeside(parseEither(text))).toBe(false);
		const canvas = changed((m) => (m.canvas = 'llada'));
		expect(parseManifest(canvas).canvas).toBe('llada');
	});

	test.each<[string, string, RegExp]>([
		['another kind', wrong('head', (m) => (m.kind = 'lora')), /kind/],
		['no taps', wrong('head', (m) => (m.taps = [])), /taps/],
		['no target', wrong('adapter', (m) => delete m.target), /target/],
		['another canvas', wrong('adapter', (m) => (m.canvas = 'oil')), /canvas/],
		['no draft graph', wrong('head', (m) => delete m.graphs[1].draft), /graphs\.1\.draft/]
	])('with %s is refused in a sentence', (_, manifest, sentence) => {
		expect(() => parseEither(manifest)).toThrow(sentence);
	});
});

describe('the registry of weights that decoders have of their own', () => {
	test('as the site has it', () => {
		const file = new URL('../../../static/models/companions.json', import.meta.url);
		const found = parseCompanions(readFileSync(file, 'utf8'));
		expect(Object.keys(found)).toEqual(['eagle3', 'llada', 'dream']);
	});

	test.each([
		['<html>', /not JSON/],
		['{}', /eagle3/],
		['{"eagle3":"../x","llada":null,"dream":null}', /eagle3: must be a plain folder name/]
	])('%s is refused in a sentence', (wrong, sentence) => {
		expect(() => parseCompanions(wrong)).toThrow(sentence);
	});
});
