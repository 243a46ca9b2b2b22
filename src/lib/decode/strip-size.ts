import type { Lanes } from './tile.ts';

/** How wide a tile may be, in pixels. */
const WIDEST = 68;

/** The measures of a token strip; lengths in pixels, `tail` and `ahead` in positions. */
export interface StripSize {
	/** From one position to the next. */
	readonly cell: number;
	/** From one row to the next. */
	readonly height: number;
	/** Rows are low: a tile has no room for its probability in figures. */
	readonly low: boolean;
	/** Positions shown before the anchor, the end of the prefix. */
	readonly tail: number;
	/** Positions shown from the anchor on: the drafts, and the last block behind them. */
	readonly ahead: number;
}

/**
 * The measures that fit a width. Below a least width of a tile the strip is wider than that, and scrolls.
 * @param drafts in a row at most; @param masks in a block; 0 of them, and the rows below the text are not shown.
 */
export function stripSize(
	width: number,
	{ drafts, masks, tree }: { drafts: number; masks: number; tree: boolean }
): StripSize {
	const one = drafts === 1;
	const ahead = Math.max(drafts + masks, one ? 2 : drafts + 1);
	const tail = Math.max(
		width > 480 ? 2 : 1,
		Math.min(one ? 12 : 6, Math.floor(width / WIDEST) - ahead)
	);
	const narrowest = drafts > 8 ? 38 : 44;
	const cell = Math.max(narrowest, Math.min(WIDEST, Math.floor(width / (tail + ahead))));
	const low = drafts > 8 || tree;
	return { cell, height: low ? 28 : 44, low, tail, ahead };
}

/** The upper edge of a row: a little room before the AR half's, more before the blocks. */
export const topOf = (row: number, height: number, lanes: Lanes): number =>
	row * height + (row >= lanes.ar ? 4 : 0) + (row >= lanes.blocks ? 16 : 0);
