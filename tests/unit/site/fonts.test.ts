import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fallbacks, families } from '../../../src/fonts/fallbacks.js';

const css = readFileSync('src/lib/styles/fallbacks.css', 'utf8');

test('fallbacks.css is what src/fonts/fallbacks.js writes', () => {
	expect(css).toBe(fallbacks());
});

test('a fallback, scaled, is as wide and as tall as our face', () => {
	const share = (name: string, face: string) =>
		Number(new RegExp(`${name}: ([\\d.]+)%`).exec(face)![1]) / 100;
	const faces = css.split('@font-face').slice(1);
	const wanted = families.flatMap(({ fallbacks, ...ours }) =>
		fallbacks.flatMap((theirs) =>
			(['regular', 'bold'] as const).map((weight) => ({ our: ours[weight], their: theirs[weight] }))
		)
	);
	expect(faces).toHaveLength(wanted.length);
	for (const [i, { our, their }] of wanted.entries()) {
		const scale = share('size-adjust', faces[i]!);
		const [, width, em] = their;
		expect((width / em) * scale).toBeCloseTo(our.width / our.em, 3);
		expect(share('ascent-override', faces[i]!) * scale).toBeCloseTo(our.ascent / our.em, 3);
		expect(share('descent-override', faces[i]!) * scale).toBeCloseTo(our.descent / our.em, 3);
	}
});

test('every fallback is named in the tokens, behind the face it stands in for', () => {
	const tokens = readFileSync('src/lib/styles/tokens.css', 'utf8');
	for (const { name, fallbacks } of families) {
		const names = fallbacks.map(({ like }) => `'${name} as ${like}'`);
		expect(tokens.replace(/\s+/g, ' ')).toContain([`'${name} Variable'`, ...names].join(', '));
	}
});
