import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extrasHere } from '../../../src/lib/server/extras.ts';
import { isHere } from '../../../src/lib/state/extras.ts';
import { DRAFT, MODEL } from '../../../src/lib/state/model-name.ts';

let models: string;
beforeEach(() => {
	models = mkdtempSync(join(tmpdir(), 'models-'));
	lay('target', MODEL);
});
afterEach(() => rmSync(models, { recursive: true }));

/** Puts a fixture's manifest in a folder of this name, as an export does. */
function lay(fixture: string, folder = fixture) {
	mkdirSync(join(models, folder));
	const file = `tests/fixtures/beside/${fixture}/manifest.json`;
	cpSync(file, join(models, folder, 'manifest.json'));
}
const list = (companions: object) =>
	writeFileSync(
		join(models, 'companions.json'),
		JSON.stringify({ eagle3: null, llada: null, dream: null, ...companions })
	);
const manifestOf = (folder: string) =>
	JSON.parse(readFileSync(join(models, folder, 'manifest.json'), 'utf8'));

test('extrasHere(models): nothing where nothing is listed, and no list at all', () => {
	expect(extrasHere(models)).toEqual([]);
	list({});
	expect(extrasHere(models)).toEqual([]);
	expect(isHere('tidar', [])).toBe(true);
	expect(isHere('eagle3', [])).toBe(false);
});

test('extrasHere(models): what is listed, with the bytes of its download and of a pass', () => {
	lay('head');
	lay('adapter');
	list({ eagle3: 'head', dream: 'adapter' });
	const [eagle, dream, ...others] = extrasHere(models);
	expect(others).toEqual([]);
	expect([eagle!.decoder, dream!.decoder]).toEqual(['eagle3', 'dream']);
	expect(isHere('llada', [eagle!, dream!])).toBe(false);
	const [target, head, adapter] = [MODEL, 'head', 'adapter'].map(manifestOf);
	const parts = (of: { parts: { bytes: number }[] }) =>
		of.parts.reduce((sum, { bytes }) => sum + bytes, 0);
	const table = head.vocabulary * target.architecture.width;
	expect(eagle!.moves).toEqual({ model: parts(target), draft: parts(head) + table * 1.0625 });
	expect(dream!.moves).toEqual({ model: parts(target) + parts(adapter), draft: 0 });
	const graphs: { taps: Sized; fuse: Sized; draft: Sized }[] = head.graphs;
	const largest = Math.max(...graphs.map((of) => of.taps.bytes + of.fuse.bytes + of.draft.bytes));
	expect(eagle!.bytes).toBeLessThanOrEqual(parts(head) + largest);
	expect(eagle!.bytes).toBeGreaterThan(parts(head));
});

test('extrasHere(models): the draft model is there when its folder is', () => {
	lay('target', DRAFT);
	const [draft] = extrasHere(models);
	expect(draft).toMatchObject({ decoder: 'speculative', folder: DRAFT });
	expect(draft!.moves.draft).toBe(draft!.moves.model);
});

test('extrasHere(models): a listed folder that is missing ends the build in a sentence', () => {
	list({ llada: 'gone' });
	expect(() => extrasHere(models)).toThrow(/names "gone" for llada, but .* is not there: export/);
});

interface Sized {
	readonly bytes: number;
}
