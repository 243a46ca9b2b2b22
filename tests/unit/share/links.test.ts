import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readPlace as readDecode, writePlace as writeDecode } from '../../../src/lib/decode/url.ts';
import { racers } from '../../../src/lib/race/lanes.ts';
import { readRace, writeRace } from '../../../src/lib/race/url.ts';
import { readView, viewNames } from '../../../src/lib/share/view.ts';
import { readScene, writeScene } from '../../../src/lib/simulate/url.ts';
import {
	readPlace as readTimeline,
	writePlace as writeTimeline
} from '../../../src/lib/timeline/place.ts';

interface Link {
	readonly page: string;
	readonly query: string;
	readonly state?: object;
}

const links = JSON.parse(readFileSync('tests/fixtures/links/links.json', 'utf8')) as Link[];

/** How each page reads a link and writes it again. */
const pages: Record<
	string,
	(params: URLSearchParams) => { state: object; corrections: unknown[]; again: URLSearchParams }
> = {
	'/decode/': (params) => {
		const { place, corrections } = readDecode(params);
		return { state: place, corrections, again: writeDecode(place) };
	},
	'/race/': (params) => {
		const { place, corrections } = readRace(params, racers);
		// The set-up as a link has it: its own names.
		const state = { ...place, ...place.rig };
		return { state, corrections: [...corrections], again: writeRace(place) };
	},
	'/simulate/': (params) => {
		const { scene, corrections } = readScene(params);
		return { state: scene, corrections, again: writeScene(scene) };
	},
	'/timeline/': (params) => {
		const { place, corrections } = readTimeline(params);
		return { state: place, corrections, again: writeTimeline(place) };
	}
};

describe('old links', () => {
	const read = links.filter(({ page }) => page in pages);

	test('there are some of every page that has a reader', () => {
		expect(new Set(read.map(({ page }) => page))).toEqual(new Set(Object.keys(pages)));
	});

	test.each(read)('$page?$query means what it meant', ({ page, query, state }) => {
		const found = pages[page]!(new URLSearchParams(query));
		expect(found.corrections).toEqual([]);
		expect(found.state).toMatchObject(state!);
		expect(pages[page]!(found.again).state).toEqual(found.state);
	});

	test.each(read)('$page?$query: embed, hide and projector do not disturb it', (link) => {
		const plain = pages[link.page]!(new URLSearchParams(link.query));
		const params = new URLSearchParams(`${link.query}&embed&projector&hide=intro`);
		expect(pages[link.page]!(params)).toEqual(plain);
		expect(readView(params)).toEqual({ embed: true, projector: true, hide: ['intro'] });
		for (const name of viewNames) expect(plain.again.has(name)).toBe(false);
	});
});
