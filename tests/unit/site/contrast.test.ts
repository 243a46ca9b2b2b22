import { readFileSync } from 'node:fs';
import { rgb } from 'd3';
import { describe, expect, test } from 'vitest';

const css = readFileSync('src/lib/styles/tokens.css', 'utf8');

/** The colours of a block of tokens.css, by name. */
function colours(block: string): Record<string, string> {
	return Object.fromEntries(
		Array.from(block.matchAll(/--([a-z]+): (#[0-9a-f]{6});/g), ([, name, value]) => [name, value])
	);
}

const [light, dark, darkBySystem] = css
	.split(/^(?=:root|@media \(prefers-color-scheme)/m)
	.filter((block) => block.includes('--paper: #'))
	.map(colours) as [Record<string, string>, Record<string, string>, Record<string, string>];

/** Relative luminance and contrast: WCAG 2.2, 'relative luminance' and 'contrast ratio'. */
function luminance(colour: string): number {
	const { r, g, b } = rgb(colour);
	const [x, y, z] = [r, g, b].map((value) => {
		const s = value / 255;
		return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
	}) as [number, number, number];
	return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(a: string, b: string): number {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
	return (high + 0.05) / (low + 0.05);
}

/** color-mix(in srgb, colour 14%, paper) */
function tint(colour: string, paper: string): string {
	const a = rgb(colour);
	const b = rgb(paper);
	const mix = (x: number, y: number) => 0.14 * x + 0.86 * y;
	return rgb(mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b)).formatHex();
}

describe.each([
	['light', light],
	['dark', dark]
])('tokens.css, %s', (_, theme) => {
	const { paper = '', ink = '', muted = '' } = theme;

	test.each(['ink', 'muted', 'prefix', 'mask', 'memory', 'compute', 'accent'])(
		'%s is readable on paper',
		(name) => expect(contrast(theme[name]!, paper)).toBeGreaterThanOrEqual(4.5)
	);

	test('draft is readable on paper in 18 px or larger, or as a border', () =>
		expect(contrast(theme.draft!, paper)).toBeGreaterThanOrEqual(3));

	test.each(['prefix', 'draft', 'mask', 'memory', 'compute', 'accent'])(
		'ink and muted are readable on the tint of %s',
		(name) => {
			const ground = tint(theme[name]!, paper);
			expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
			expect(contrast(muted, ground)).toBeGreaterThanOrEqual(4.5);
		}
	);

	test('paper is readable on a prefix tile', () =>
		expect(contrast(paper, theme.prefix!)).toBeGreaterThanOrEqual(4.5));
});

test('dark by choice and dark by the system are the same', () =>
	expect(darkBySystem).toEqual(dark));
