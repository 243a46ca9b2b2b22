import { pathOf, type Session, type Step } from '$engine/decode/index.ts';

/** Tokens in the text before step `index`: earlier turns, the prompt, and what the steps before it emitted. */
export function prefixOf(session: Session, index: number): number[] {
	const tokens = [...session.context];
	if (index > 0) tokens.push(...session.promptTokens);
	for (const step of session.steps.slice(0, index)) tokens.push(...step.emitted);
	return tokens;
}

/** How many tokens that is. */
export function lengthBefore({ context, promptTokens, steps }: Session, index: number): number {
	let length = context.length + (index > 0 ? promptTokens.length : 0);
	for (let i = 0; i < index; i++) length += steps[i]?.emitted.length ?? 0;
	return length;
}

/** How many drafts of a step were accepted (by the test; an end token may cut them). */
export const acceptedOf = (step: Step): number => pathOf(step).length;
