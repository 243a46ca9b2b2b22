import { ownBefore, type Session, type Step } from '$engine/decode/index.ts';
import { AR_ROW, TEXT_ROW, type Rows, type Tile } from '../tile.ts';
import { lengthBefore } from './text.ts';

/** The tokens that a round has so far: the certain one, and those of the drafter's passes before step `index`. */
export function roundOf(session: Session, index: number): Tile[] {
	const { steps } = session;
	const own = ownBefore(steps, index);
	const anchor = lengthBefore(session, Math.max(1, index));
	return steps.slice(Math.max(0, own), index).flatMap((step, i): Tile | [] => {
		const said = step.predictions[step.by === 'draft' ? step.tokens.length - 1 : -1];
		const token = step.next?.drafts[0];
		if (token === undefined) return [];
		return {
			key: `ar:${Math.max(0, own) + i}:${step.next!.block}`,
			kind: 'draft',
			position: anchor + i,
			row: TEXT_ROW,
			token,
			probability: said?.probabilities[said.tokens.indexOf(token)],
			fate: 'pending',
			number: i + 1
		};
	});
}

/** A pass of a drafter: the tokens of the round so far, and the one it adds. */
export function drafterRows(session: Session, index: number, step: Step, anchor: number): Rows {
	const tiles = roundOf(session, index);
	const slot = step.tokens.length - 1;
	const said = step.predictions[slot];
	const token = step.next?.drafts[0] ?? said?.tokens[0];
	const from = tiles.length;
	tiles.push({
		key: `ar:${index}:${step.next?.block ?? 0}`,
		kind: 'ar',
		position: anchor + from,
		row: AR_ROW,
		token,
		probability: said?.probabilities[said.tokens.indexOf(token!)],
		fate: 'bonus',
		slot,
		number: from
	});
	const heads = [{ row: AR_ROW, what: 'drafter', number: 0, from, chosen: false }] as const;
	return { rows: 2, lanes: { ar: AR_ROW, blocks: AR_ROW + 1 }, tiles, heads };
}
