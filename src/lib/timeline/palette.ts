import type { Fill, Ink } from './pen.ts';

/** The colours that the timeline uses, from tokens.css. */
export const colorNames = [
	'paper',
	'ink',
	'muted',
	'line',
	'prefix',
	'draft',
	'mask',
	'memory',
	'compute',
	'accent'
] as const;
export type Palette = Readonly<Record<(typeof colorNames)[number], string>>;

/** A fill: a colour over paper at `tint` (1 is solid), lines of a pattern over it, an outline. */
export interface Look {
	readonly color: keyof Palette;
	readonly tint: number;
	readonly pattern?: 'rising' | 'falling' | 'level' | 'upright' | 'dots';
	readonly outline?: boolean;
}

/** The second cue beside colour: every fill differs from the others in pattern or outline as well. */
export const looks: Readonly<Record<Fill, Look>> = {
	weights: { color: 'memory', tint: 0.3, pattern: 'rising' },
	kv: { color: 'memory', tint: 0.12, pattern: 'falling', outline: true },
	activations: { color: 'memory', tint: 0.12, pattern: 'dots', outline: true },
	compute: { color: 'compute', tint: 1 },
	launch: { color: 'muted', tint: 0.1, outline: true },
	link: { color: 'memory', tint: 0.12, pattern: 'upright', outline: true },
	readback: { color: 'draft', tint: 0.14, pattern: 'level', outline: true },
	pass: { color: 'ink', tint: 0, outline: true },
	layer: { color: 'muted', tint: 0.1 },
	matrix: { color: 'prefix', tint: 0.34 },
	attention: { color: 'prefix', tint: 0.14, pattern: 'falling', outline: true },
	small: { color: 'prefix', tint: 0.08, outline: true },
	slower: { color: 'accent', tint: 0.14, pattern: 'rising', outline: true },
	faster: { color: 'prefix', tint: 0.14, pattern: 'level', outline: true },
	event: { color: 'muted', tint: 0.2, outline: true },
	token: { color: 'prefix', tint: 0.9 },
	paper: { color: 'paper', tint: 1 },
	veil: { color: 'paper', tint: 0.62 },
	area: { color: 'accent', tint: 0.08 }
};

/** Fills that let what is below shine through instead of being mixed with paper. */
export const clear: ReadonlySet<Fill> = new Set(['veil', 'area']);

/** Period of the patterns in px. */
export const PERIOD = 6;

/** Lines of a pattern within one period, as SVG path data. */
export const patternPaths: Readonly<Record<NonNullable<Look['pattern']>, string>> = {
	rising: 'M-1,7L7,-1M-1,1L1,-1M5,7L7,5',
	falling: 'M-1,-1L7,7M-1,5L1,7M5,-1L7,1',
	level: 'M0,1.5H6M0,4.5H6',
	upright: 'M1.5,0V6M4.5,0V6',
	dots: 'M1,1.5h1.2M4,4.5h1.2'
};

export const inkColor: Readonly<Record<Ink, keyof Palette>> = {
	ink: 'ink',
	muted: 'muted',
	line: 'line',
	accent: 'accent',
	paper: 'paper'
};

/** A colour mixed into paper, as a CSS color. */
export const mixed = (palette: Palette, { color, tint }: Look): string =>
	tint >= 1
		? palette[color]
		: `color-mix(in srgb, ${palette[color]} ${Math.round(100 * tint)}%, ${palette.paper})`;

/** The palette that is in force on an element. */
export function readPalette(element: Element): Palette {
	const style = getComputedStyle(element);
	return Object.fromEntries(
		colorNames.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])
	) as Palette;
}

/** The palette as CSS variables: for pictures that live in a page and follow its theme. */
export const variables = Object.fromEntries(
	colorNames.map((name) => [name, `var(--${name})`])
) as Palette;
