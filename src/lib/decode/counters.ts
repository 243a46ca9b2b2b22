import { reachOf } from './dials.ts';
import { tokensPerPass, type Session, type Step, type StepTimes } from '$engine/decode/index.ts';

/** What a run has come to, up to and with a step. */
export interface Tally {
	/** Passes of the model, the prefill and a drafter's own passes left out. */
	readonly passes: number;
	readonly tokens: number;
	/** Tokens per forward pass; undefined before the first. */
	readonly tokensPerPass?: number;
	/** Tokens per second of the passes' own time; undefined before the first, or where no time was taken. */
	readonly tokensPerSecond?: number;
	/** lengths[n] is the number of steps that added n tokens, n = 0 .. k. */
	readonly lengths: readonly number[];
	/** Milliseconds of the prefill. */
	readonly prefill?: number;
}

export function tallyOf({ steps, settings }: Session, index: number): Tally {
	const seen = steps.slice(0, index + 1);
	const decoded = seen.filter(({ kind }) => kind === 'decode');
	const own = decoded.filter(({ by }) => by !== 'draft');
	const tokens = own.reduce((sum, { emitted }) => sum + emitted.length, 0);
	const time = decoded.reduce((sum, { times }) => sum + times.total, 0);
	const longest = own.reduce(
		(most, { emitted }) => Math.max(most, emitted.length),
		reachOf(settings).drafts
	);
	const lengths = Array.from({ length: longest + 1 }, () => 0);
	for (const { emitted } of own) lengths[emitted.length]!++;
	return {
		passes: own.length,
		tokens,
		tokensPerPass: own.length > 0 ? tokensPerPass(own) : undefined,
		tokensPerSecond: time > 0 ? (1000 * tokens) / time : undefined,
		lengths,
		prefill: seen.find(({ kind }) => kind === 'prefill')?.times.total
	};
}

/** The parts of a step's time, in the order they happen; a part that was not measured has no value. */
export function timesOf(
	times: StepTimes
): { part: 'encode' | 'gpu' | 'readback' | 'other'; ms?: number }[] {
	const { total, encode, gpu, readback } = times;
	const known = [encode, gpu, readback].filter((ms) => ms !== undefined);
	const other = total - known.reduce((sum, ms) => sum + ms, 0);
	return [
		{ part: 'encode', ms: encode },
		{ part: 'gpu', ms: gpu },
		{ part: 'readback', ms: readback },
		...(known.length > 0 && other > 0.05 ? [{ part: 'other' as const, ms: other }] : [])
	];
}

/** Milliseconds from the start of the run to the end of each step, prefill included. */
export function clockOf(steps: readonly Step[]): number[] {
	let at = 0;
	return steps.map(({ times }) => (at += times.total));
}
