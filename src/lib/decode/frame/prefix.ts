import type { Session } from '$engine/decode/index.ts';
import { TEXT_ROW, type Tile } from '../tile.ts';
import { keyOfPosition } from './keys.ts';
import { prefixOf } from './text.ts';

/** The last `tail` positions before the anchor. */
export function prefixTiles(session: Session, index: number, anchor: number, tail: number): Tile[] {
	const step = session.steps[index];
	const first = Math.max(0, anchor - tail);
	const text = prefixOf(session, Math.max(index, 1));
	const tiles: Tile[] = [];
	for (let position = first; position < anchor; position++) {
		const slot = step && position >= step.start ? position - step.start : undefined;
		tiles.push({
			key: keyOfPosition(session, index, position),
			kind: 'prefix',
			position,
			row: TEXT_ROW,
			token: text[position],
			fate: 'pending',
			...(slot !== undefined && slot < step!.layout.prompt ? { slot, number: slot + 1 } : {})
		});
	}
	return tiles;
}
