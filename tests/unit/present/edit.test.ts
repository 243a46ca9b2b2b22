import { expect, test } from 'vitest';
import {
	hiddenAtFirst,
	moved,
	pageScene,
	predictScene,
	replaced,
	textScene,
	without
} from '../../../src/lib/present/edit.ts';
import { toLecture } from '../../../src/lib/present/lecture.ts';
import { partsOf } from '../../../src/lib/share/view.ts';

const [a, b, c] = ['a', 'b', 'c'].map(textScene);

test('scenes are replaced, moved and removed in a new list', () => {
	const scenes = Object.freeze([a!, b!, c!]);
	expect(replaced(scenes, 1, c!)).toEqual([a, c, c]);
	expect(without(scenes, 0)).toEqual([b, c]);
	expect(moved(scenes, 0, 1)).toEqual([b, a, c]);
	expect(moved(scenes, 2, -1)).toEqual([a, c, b]);
	expect(moved(scenes, 0, -1)).toEqual([a, b, c]);
	expect(moved(scenes, 2, 1)).toEqual([a, b, c]);
});

test('new scenes are valid, and hide parts that their page has', () => {
	const paths = ['/', '/decode/', '/decode/?k=4&session=sky', '/learn/tidar/lossless/', '/race/'];
	const scenes = [
		...paths.map((path) => pageScene(path, 'A page')),
		textScene('Words'),
		predictScene('Which?', ['this', 'that'])
	];
	const made = { format: 'tidar-lecture', version: 1, title: 'New', scenes };
	expect(toLecture(made)).toEqual({ ok: true, lecture: made });
	for (const path of paths) {
		const { pathname } = new URL(path, 'https://site.invalid');
		expect(partsOf(pathname)).toEqual(expect.arrayContaining(hiddenAtFirst(path)));
	}
	// A live run needs its prompt, a recorded one does not.
	expect(hiddenAtFirst('/decode/')).toEqual([]);
	expect(hiddenAtFirst('/decode/?k=4&session=sky')).toContain('prompt');
});
