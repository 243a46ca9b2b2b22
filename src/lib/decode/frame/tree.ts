/** The row of each draft: a first child stands in its parent's row, every other child begins a row below. */
export function rowsOfTree(parents: readonly number[]): number[] {
	const children: number[][] = Array.from({ length: parents.length + 1 }, () => []);
	parents.forEach((parent, i) => children[parent]!.push(i + 1));
	const rows: number[] = [];
	let last = -1;
	// Depth first, by hand: the children still to be placed, the next one on top.
	const open = [...children[0]!]
		.reverse()
		.map((draft) => ({ draft, row: undefined as number | undefined }));
	for (let at = open.pop(); at; at = open.pop()) {
		const row = at.row ?? ++last;
		rows[at.draft - 1] = row;
		const [first, ...others] = children[at.draft]!;
		for (const draft of others.reverse()) open.push({ draft, row: undefined });
		if (first !== undefined) open.push({ draft: first, row });
	}
	return rows;
}
