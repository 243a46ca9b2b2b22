import type { Tile } from './tile.ts';

const across: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
const down: Partial<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };

/** Whether a key leads from tile to tile. */
export const leads = (key: string): boolean => key in across || key in down;

/**
 * The tile that an arrow key leads to: the next one in the row, or the nearest in the next row that has any.
 * @param reachable whether there is anything to say of a tile.
 */
export function nearest(
	tiles: readonly Tile[],
	from: Tile,
	key: string,
	reachable: (tile: Tile) => boolean
): Tile | undefined {
	const distance = ({ row, position }: Tile) =>
		Math.abs(row - from.row) * 100 + Math.abs(position - from.position);
	return tiles
		.filter(({ row, position }) =>
			key in across
				? row === from.row && Math.sign(position - from.position) === across[key]
				: Math.sign(row - from.row) === down[key]
		)
		.filter(reachable)
		.reduce<Tile | undefined>(
			(best, tile) => (best && distance(best) <= distance(tile) ? best : tile),
			undefined
		);
}
