import type { Session, Step } from '../../../engine/decode/index.ts';

/**
 * What one window shows of a page that runs things, for another to show as well. Runs grow by a step at a time and are
 * long: only what the other window lacks travels, and the rest of the state whole. Plain data.
 */
export interface Shown<Rest> {
	readonly sessions: readonly Session[];
	readonly rest: Rest;
}

/** A run as it travels. */
interface Piece {
	/** All but the steps; absent where the run is the one that was last sent, unchanged. */
	readonly head?: Omit<Session, 'steps'>;
	/** The first of `steps`: those before it were sent. */
	readonly from: number;
	readonly steps: readonly Step[];
}

export interface Part<Rest> {
	readonly pieces: readonly Piece[];
	readonly rest: Rest;
}

/** How many first steps two runs share: steps are never changed, so the same ones are the same objects. */
function shared(a: readonly Step[], b: readonly Step[]): number {
	let n = Math.min(a.length, b.length);
	// A run that grew shares all there was; another run shares nothing. One that goes on from a step shares up to it.
	while (n > 0 && a[n - 1] !== b[n - 1]) n--;
	return n;
}

/** What the other window lacks of `next` when it has `sent`: all, when it has nothing. */
export function partOf<Rest>(sent: Shown<Rest> | undefined, next: Shown<Rest>): Part<Rest> {
	const pieces = next.sessions.map((session, i): Piece => {
		const before = sent?.sessions[i];
		if (before === session) return { from: session.steps.length, steps: [] };
		const { steps, ...head } = session;
		const from = before ? shared(before.steps, steps) : 0;
		return { head, from, steps: steps.slice(from) };
	});
	return { pieces, rest: next.rest };
}

/** What is shown after a part; undefined when it builds on something that never came, and all must be asked for. */
export function joined<Rest>(
	have: Shown<Rest> | undefined,
	{ pieces, rest }: Part<Rest>
): Shown<Rest> | undefined {
	const sessions: Session[] = [];
	for (const [i, { head, from, steps }] of pieces.entries()) {
		const before = have?.sessions[i];
		if (from > (before?.steps.length ?? 0)) return undefined;
		if (head)
			sessions.push({ ...head, steps: [...(before?.steps.slice(0, from) ?? []), ...steps] });
		else if (before) sessions.push(before);
		else return undefined;
	}
	return { sessions, rest };
}
