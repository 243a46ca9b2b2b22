import type { Session } from '$engine/decode/index.ts';

/** A session on its way from one page to another, where it is looked at step by step; links hold no sessions. */
let under: Session | undefined;

export const handOver = (session: Session): void => void (under = session);

/** What was handed over, once. */
export function takeOver(): Session | undefined {
	const taken = under;
	under = undefined;
	return taken;
}
