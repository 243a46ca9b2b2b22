import { m } from '$lib/paraglide/messages';

/** What a statement may turn out to be. A guess is kept as its place in this list. */
export const verdicts = ['true', 'loose', 'wrong'] as const;
export type Verdict = (typeof verdicts)[number];

const names: Record<Verdict, () => string> = {
	true: m.learn_verdict_true,
	loose: m.learn_verdict_loose,
	wrong: m.learn_verdict_wrong
};
export const nameOfVerdict = (verdict: Verdict): string => names[verdict]();
