export interface Lanes {
	readonly ar: number;
	readonly blocks: number;
}

/** The name of a row. */
export interface Head {
	readonly row: number;
	/** ar: what the model says behind the drafts, or the drafter in a pass of its own. */
	readonly what: 'ar' | 'drafter' | 'block' | 'pass';
	/** Of the block or, from 1, of the pass. */
	readonly number: number;
	/** Where the row's tiles begin, in positions behind the anchor. */
	readonly from: number;
	/** The block becomes the next drafts; the pass is this one. */
	readonly chosen: boolean;
}

/** Rows of tiles, with what they are. */
export interface Rows {
	readonly rows: number;
	readonly lanes: Lanes;
	readonly heads: readonly Head[];
	readonly tiles: Tile[];
}

export interface Tile {
	readonly key: string;
	/** ar: a prediction of the AR half, which is not a slot of its own but what a slot said. */
	readonly kind: 'prefix' | 'draft' | 'mask' | 'ar';
	/** Position in the text, from 0. */
	readonly position: number;
	readonly row: number;
	/** The token shown; undefined where a mask's prediction was not asked for. */
	readonly token?: number;
	/** Probability that its half gave to the token, at temperature 1, where known. */
	readonly probability?: number;
	readonly fate: Fate;
	/** The slot of this pass that it is, or that predicted it; absent for cached positions. */
	readonly slot?: number;
	/** Draft number, or place in the block, from 1; the pass that filled a canvas tile. */
	readonly number?: number;
	/** The draft that the block stands behind. */
	readonly block?: number;
	/** In a tree: the row of the parent. */
	readonly from?: number;
	/** A place of a canvas. */
	readonly canvas?: boolean;
}

/**
 * pending: nothing decided. accepted / rejected: drafts. agrees: the AR half predicted the draft in this column.
 * correction / bonus: the AR half's token that becomes draft 1. chosen: the mask becomes a draft, or is filled in this
 * pass. filled: by an earlier pass over the canvas. idle: computed for a case that did not arise, or put back.
 */
export type Fate =
	| 'pending'
	| 'accepted'
	| 'rejected'
	| 'agrees'
	| 'correction'
	| 'bonus'
	| 'chosen'
	| 'filled'
	| 'idle';

/** Fates as the legend tells them apart: of drafts and blocks, and of a canvas. */
export const groups = ['accepted', 'rejected', 'replaced', 'chosen', 'unused'] as const;
export const canvasGroups = ['filled', 'chosen', 'unused'] as const;
export type Group = (typeof groups)[number] | (typeof canvasGroups)[number];

/**
 * The legend's group of a tile. replaced: the AR half's own token goes on (a correction or a bonus). unused: computed
 * for a case that did not arise. Undefined for the prefix, and where nothing is decided yet.
 */
export function groupOf({ kind, fate }: Tile): Group | undefined {
	switch (fate) {
		case 'accepted':
		case 'agrees':
			return 'accepted';
		case 'rejected':
			return kind === 'draft' ? 'rejected' : 'chosen';
		case 'correction':
		case 'bonus':
			return 'replaced';
		case 'chosen':
		case 'filled':
			return fate;
		case 'idle':
			return 'unused';
		case 'pending':
			return undefined;
	}
}

export const TEXT_ROW = 0;
/** The row of the AR half where the drafts are a chain. */
export const AR_ROW = 1;
