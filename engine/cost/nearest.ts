/** Edits (insert, delete, replace, swap of neighbours) between two strings. */
function edits(a: string, b: string): number {
	const rows = Array.from({ length: a.length + 1 }, (_, i) =>
		Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0))
	);
	for (let i = 1; i <= a.length; i++) {
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + same);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
				best = Math.min(best, rows[i - 2]![j - 2]! + 1);
			}
			rows[i]![j] = best;
		}
	}
	return rows[a.length]![b.length]!;
}

/** The names most like what was typed, best first: those that contain it, then by edits. */
export function nearest(typed: string, names: readonly string[], count = 3): string[] {
	const wanted = typed.toLowerCase();
	const score = (name: string) =>
		edits(wanted, name) - (name.includes(wanted) || wanted.includes(name) ? name.length : 0);
	const scores = new Map(names.map((name) => [name, score(name)]));
	return [...names].sort((a, b) => scores.get(a)! - scores.get(b)!).slice(0, count);
}
