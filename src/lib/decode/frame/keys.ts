import { depthOf, mainChain, originOf, pathOf, type Session } from '$engine/decode/index.ts';
import { lengthBefore } from './text.ts';

/** The key of a cached position before step `index`: where its token was born. */
export function keyOfPosition(session: Session, index: number, position: number): string {
	let from = lengthBefore(session, Math.max(1, index));
	for (let i = Math.min(index, session.steps.length) - 1; i >= 0 && position < from; i--) {
		const step = session.steps[i]!;
		from -= step.emitted.length;
		if (position < from || step.emitted.length === 0) continue;
		return step.canvas
			? `c:${position}`
			: keyOfDraft(session, i, pathOf(step)[position - from] ?? position - from + 1);
	}
	return `p:${position}`;
}

/** A draft was born in the pass that proposed it: as a mask of the chosen block, or as what somebody said. */
export function keyOfDraft(session: Session, index: number, draft: number): string {
	const origin = originOf(session, index, draft);
	const step = session.steps[index]!;
	const own = `d:${index}:${draft}`;
	if (origin?.step === undefined) return own;
	const before = session.steps[origin.step]!;
	if (origin.by !== 'diffusion') return `ar:${origin.step}:${before.next?.block ?? 0}`;
	const depth = depthOf(step, draft);
	return mainChain(step.layout.parents)[depth] === draft
		? `m:${origin.step}:${before.next!.block}:${depth + 1}`
		: own;
}
