/** What a bar means; each has a colour and, beside it, a pattern. */
export const fills = [
	'weights',
	'kv',
	'activations',
	'compute',
	'launch',
	'link',
	'readback',
	'pass',
	'layer',
	'matrix',
	'attention',
	'small',
	'slower',
	'faster',
	'event',
	'token',
	'paper',
	'veil',
	'area'
] as const;
export type Fill = (typeof fills)[number];

/** Colours of text and lines. */
export type Ink = 'ink' | 'muted' | 'line' | 'accent' | 'paper';

/**
 * What the renderer draws with. A canvas, an SVG and a list for tests implement it, so that screen, export and
 * tests show the same. Places in px from the top left corner.
 */
export interface Pen {
	/** One bar, with the outline of its fill. */
	rect(x: number, y: number, width: number, height: number, fill: Fill): void;
	/**
	 * Columns that stand on `bottom`, from left to right, none over another: `columns` holds left edge, width and height
	 * of each, three numbers a column. One shape, however many they are, and no outline.
	 */
	skyline(bottom: number, columns: readonly number[], fill: Fill): void;
	frame(x: number, y: number, width: number, height: number, ink: Ink, thick?: number): void;
	line(x1: number, y1: number, x2: number, y2: number, ink: Ink, dashed?: boolean): void;
	/** `y` is the middle of the text. */
	text(
		x: number,
		y: number,
		text: string,
		options?: { ink?: Ink; align?: 'start' | 'center' | 'end'; size?: number; bold?: boolean }
	): void;
	/** What follows, until `unclip`, is cut at this rectangle. */
	clip(x: number, y: number, width: number, height: number): void;
	unclip(): void;
}

/** About the width of a text in the interface's typeface at 11 px: East Asian signs are wide. */
export function widthOf(text: string, size = 11): number {
	let width = 0;
	for (const sign of text) width += sign > '\u2e7f' ? size : size * 0.56;
	return width;
}

/** The text, or as much of it as fits `room` px with an ellipsis; empty where not even two signs fit. */
export function fitted(text: string, room: number, size = 11): string {
	if (widthOf(text, size) <= room) return text;
	let kept = '';
	for (const sign of text) {
		if (widthOf(`${kept}${sign}…`, size) > room) break;
		kept += sign;
	}
	return Array.from(kept).length < 2 ? '' : `${kept}…`;
}
