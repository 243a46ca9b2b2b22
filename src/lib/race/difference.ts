/** A stretch of a text: in both, or in this one alone. */
export interface Stretch {
	readonly tokens: readonly number[];
	readonly same: boolean;
}

/**
 * Two texts beside each other, each cut into what they share and what it has alone, by their longest common
 * subsequence of tokens: after a difference what agrees again is not marked.
 */
export function differences(
	a: readonly number[],
	b: readonly number[]
): { readonly a: Stretch[]; readonly b: Stretch[] } {
	// longest[i][j]: of a from i on and b from j on.
	const longest = Array.from({ length: a.length + 1 }, () =>
		new Array<number>(b.length + 1).fill(0)
	);
	for (let i = a.length - 1; i >= 0; i--)
		for (let j = b.length - 1; j >= 0; j--)
			longest[i]![j] =
				a[i] === b[j]
					? longest[i + 1]![j + 1]! + 1
					: Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
	const kept = { a: a.map(() => false), b: b.map(() => false) };
	for (let i = 0, j = 0; i < a.length && j < b.length;) {
		if (a[i] === b[j]) kept.a[i++] = kept.b[j++] = true;
		else if (longest[i + 1]![j]! >= longest[i]![j + 1]!) i++;
		else j++;
	}
	return { a: stretches(a, kept.a), b: stretches(b, kept.b) };
}

function stretches(tokens: readonly number[], kept: readonly boolean[]): Stretch[] {
	const found: { tokens: number[]; same: boolean }[] = [];
	tokens.forEach((token, i) => {
		const last = found.at(-1);
		if (last && last.same === kept[i]) last.tokens.push(token);
		else found.push({ tokens: [token], same: kept[i]! });
	});
	return found;
}
