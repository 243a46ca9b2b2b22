import { layout, tidarSpec, visible, type Layout } from '$engine/mask/index.ts';
import { reasonFor, type Reason } from '$lib/decode/sight.ts';

/** A cell of the mask to be built: does slot `row` see slot `column`? */
export interface Cell {
	readonly row: number;
	readonly column: number;
}

export const keyOf = ({ row, column }: Cell): string => `${row}>${column}`;

/** The exercise of building TiDAR's mask for k drafts: its cells, judged by the engine's own rule. */
export class MaskTask {
	readonly layout: Layout;
	/** The cells that are to be filled, by key; the cached prefix, which all see, is given. */
	readonly wanted: ReadonlySet<string>;

	constructor(k: number) {
		this.layout = layout(tidarSpec(k));
		this.wanted = new Set(
			visible(this.layout).flatMap((seen, row) => seen.map((column) => keyOf({ row, column })))
		);
	}

	get slots(): number {
		return this.layout.slots.length;
	}

	reason({ row, column }: Cell): Reason {
		return reasonFor(this.layout, row, column);
	}

	/** The name that questions give a slot: 'draft:2', 'mask:1:2' (block 1, its second mask). */
	nameOf(slot: number): string {
		const { region, number, block } = this.layout.slots[slot]!;
		return region === 'mask' ? `mask:${block}:${number}` : `draft:${number}`;
	}

	/** Whether all wanted cells are among those found. */
	complete(found: ReadonlySet<string>): boolean {
		return [...this.wanted].every((key) => found.has(key));
	}
}
