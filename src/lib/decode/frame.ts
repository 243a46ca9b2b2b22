import type { Session, Step } from '$engine/decode/index.ts';
import { canvasRows } from './frame/canvas.ts';
import { drafterRows, roundOf } from './frame/drafter.ts';
import { draftRows } from './frame/drafts.ts';
import { handedOver } from './frame/handover.ts';
import { prefixTiles } from './frame/prefix.ts';
import { lengthBefore } from './frame/text.ts';
import type { Head, Lanes, Tile } from './tile.ts';

export { fromAr, layoutOf } from '$engine/decode/index.ts';
export { acceptedOf, prefixOf } from './frame/text.ts';
export * from './tile.ts';

/**
 * What the strip shows of a step, as a pure function of (session, step index, phase), whatever decoder made it.
 *
 * Columns are text positions. The first row is the text: the prefix and, behind it, the drafts. A candidate tree takes
 * a row for every branch, the likeliest text first. Below is what the AR half predicts behind the drafts, then one
 * row a block of masks, at its own positions. So a draft and the token it is compared with stand in one
 * column, and a block that becomes the next drafts moves straight up.
 *
 * A diffusion canvas stands in the text row as it is after the pass; below, one row a pass over it, with what that
 * pass filled: the order in which it fills.
 *
 * A tile keeps its key for life: a mask of the chosen block is the draft of the next step and, once
 * accepted, a tile of the prefix. Whoever draws frames one after the other by key sees tokens travel.
 */
export interface Frame {
	/** The first position that is not prefix. */
	readonly anchor: number;
	/** Rows, the text's and the AR half's included. */
	readonly rows: number;
	/** The rows of the AR half and of the first block or pass. */
	readonly lanes: Lanes;
	/** Positions from the anchor on that hold a tile, at most. */
	readonly columns: number;
	readonly tiles: readonly Tile[];
	/** What the rows below the text are. */
	readonly heads: readonly Head[];
}

/**
 * rest: all that the pass computed, and the verdict. accept: accepted drafts turn into prefix, the rest
 * steps back. slide: the chosen block is where the drafts are; the next pass has not begun.
 */
export type Phase = 'rest' | 'accept' | 'slide';

/**
 * The frame of a step.
 * @param tail prefix tiles shown before the anchor.
 * @throws RangeError where the session has no such step.
 */
export function frameAt(session: Session, index: number, phase: Phase, tail = 5): Frame {
	const step = session.steps[index];
	if (!step) {
		throw new RangeError(`Frame: step ${index} of a session with ${session.steps.length} steps.`);
	}
	const goesOn = step.next ?? (step.emitted.length > 0 && session.steps[index + 1]);
	if (phase === 'slide' && goesOn) return slid(session, index, step, tail);
	const settled = phase !== 'rest';
	const anchor = anchorOf(session, index);
	const { rows, lanes, tiles, heads } = step.canvas
		? canvasRows(session, index, step, settled, anchor)
		: step.by === 'draft'
			? drafterRows(session, index, step, anchor)
			: draftRows(session, index, step, settled);
	const last = tiles.reduce((most, { position }) => Math.max(most, position), anchor);
	return {
		anchor,
		lanes,
		heads,
		rows: Math.max(
			rows,
			tiles.reduce((most, { row }) => Math.max(most, row + 1), 0)
		),
		columns: last - anchor + 1,
		tiles: [...prefixTiles(session, index, anchor, tail), ...tiles]
	};
}

/** The first position that is not prefix when step `index` is computed. */
function anchorOf(session: Session, index: number): number {
	const { start, layout, by, canvas } = session.steps[index]!;
	return by === 'draft' || canvas
		? lengthBefore(session, Math.max(1, index))
		: start + layout.prompt;
}

/** What was accepted has joined the prefix and the chosen block stands where the drafts were. */
function slid(session: Session, index: number, step: Step, tail: number): Frame {
	const rest = frameAt(session, index, 'accept', 0);
	const anchor = lengthBefore(session, index + 1);
	const drafting = step.by === 'draft' || session.steps[index + 1]?.by === 'draft';
	const drafts = drafting ? roundOf(session, index + 1) : handedOver(step, index, anchor);
	const ar = Math.max(0, ...drafts.map(({ row }) => row)) + 1;
	return {
		anchor,
		rows: rest.rows,
		lanes: step.canvas ? rest.lanes : { ar, blocks: ar + 1 },
		columns: rest.columns,
		heads: [],
		// What leaves the strip on its left is carried along until it is out of sight.
		tiles: [...prefixTiles(session, index + 1, anchor, tail + step.emitted.length), ...drafts]
	};
}
