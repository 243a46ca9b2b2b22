import { stepCost, type Setup } from '$engine/cost/index.ts';
import {
	answerOf,
	perplexity,
	tokensPerPass,
	type DecoderName,
	type LaneMarks,
	type Session,
	type Step
} from '$engine/decode/index.ts';
import { layout } from '$engine/mask/index.ts';
import { eagleHead } from '$engine/timeline/decoders.ts';
import { isHere, type Extra, type Moves } from '$lib/state/extras.ts';

/** All decoders, in the order of the lanes. */
export const racers: readonly DecoderName[] = [
	'ar',
	'speculative',
	'eagle3',
	'lookup',
	'llada',
	'dream',
	'block',
	'tidar',
	'tidar-tree'
];

/** Those that can run on this copy of the site, in the same order. */
export const racersHere = (extras: readonly Extra[]): readonly DecoderName[] =>
	racers.filter((racer) => isHere(racer, extras));

/** Those whose greedy answer must be AR's, token for token. */
export const lossless: readonly DecoderName[] = [
	'ar',
	'speculative',
	'eagle3',
	'lookup',
	'tidar',
	'tidar-tree'
];

/** On what a race is run: the device that recorded it, or the same steps on a set-up of the simulator. */
export type Track =
	| { readonly kind: 'measured'; readonly weights?: Weights }
	| { readonly kind: 'simulated'; readonly rig: Setup };

/** Bytes of weights that a pass of a decoder moves; undefined where it is not known how large they are. */
export type Weights = (decoder: DecoderName) => Moves | undefined;

/** By what is on this copy of the site: the model's own bytes, and what some decoders need beside it. */
export const weightsBy =
	(model: number | undefined, extras: readonly Extra[]): Weights =>
	(decoder) =>
		extras.find((extra) => extra.decoder === decoder)?.moves ??
		(model === undefined || !isHere(decoder, extras) ? undefined : { model, draft: 0 });

/** The end of a step on a lane's clock, which starts with the prompt. */
export interface Mark {
	readonly ms: number;
	/** Tokens of the answer by then. */
	readonly tokens: number;
}

export interface Lane {
	readonly session: Session;
	/** One a step, the prompt's first. */
	readonly marks: readonly Mark[];
	readonly tokens: number;
	/** From the first step behind the prompt to the last token. */
	readonly perSecond: number;
	readonly tokensPerPass: number;
	readonly firstMs: number;
	readonly endMs: number;
	/** Mean milliseconds of a pass of the model behind the prompt, with the drafter's passes for it. */
	readonly stepMs: number;
	/** Share of the tested drafts that were accepted, the certain ones left out; undefined where nothing is tested. */
	readonly acceptance?: number;
	/**
	 * Bytes through the device's memory for a token. Simulated: all of a step's. As measured: the weights alone, where
	 * it is known how large they are.
	 */
	readonly bytes?: number;
	/** For a token; simulated only, and where the device's power is public. */
	readonly joules?: number;
	/** Of its text under the AR half of the model that wrote it. */
	readonly perplexity?: number;
	/** Tokens a second of each run, ascending; as measured only. */
	readonly speeds?: readonly number[];
	/** The first token that is not AR's, from 0; undefined where there is none, or no AR lane. */
	readonly differs?: number;
}

interface Cost {
	readonly ms: number;
	readonly bytes: number;
	readonly joules: number | null;
}

/**
 * Weights of a draft model over those of the model that it drafts for: Intern-17M's 17.3 M over 134.5 M, by the
 * architectures in their manifests. Elsewhere a draft model of the same proportion is assumed.
 */
export const DRAFT_SHARE = 17.3 / 134.5;

/** What a step of a decoder costs on a track. */
function costOf(step: Step, decoder: DecoderName, track: Track): Cost {
	const drafts = step.by === 'draft';
	if (track.kind === 'measured') {
		const moves = track.weights?.(decoder);
		const bytes = (drafts ? moves?.draft : moves?.model) ?? 0;
		return { ms: step.times.total, bytes, joules: null };
	}
	const { rig } = track;
	const head = drafts && decoder === 'eagle3';
	const { ms, bytes, joules } = stepCost({
		...rig,
		model: head ? eagleHead(rig.model) : rig.model,
		slots: layout(step.layout).slots.length,
		context: Math.max(1, step.start)
	});
	const share = drafts && !head ? DRAFT_SHARE : 1;
	// A batch shares a step's bytes and joules; every sequence of it is taken to advance like this one.
	const part = share / rig.batch;
	return { ms: ms * share, bytes: bytes * part * rig.tp, joules: joules && joules * part };
}

/**
 * A lane of a race.
 * @param marks what was measured of it beside its session
 * @param ar the answer that lossless decoders must give
 */
export function laneOf(
	session: Session,
	track: Track,
	marks?: LaneMarks,
	ar?: readonly number[]
): Lane {
	const { decoder } = session.settings;
	const costs = session.steps.map((step) => costOf(step, decoder, track));
	const ends: Mark[] = [];
	let [ms, tokens] = [0, 0];
	session.steps.forEach(({ emitted }, i) => {
		ms += costs[i]!.ms;
		tokens += emitted.length;
		ends.push({ ms, tokens });
	});
	const prompt = ends.findLastIndex(({ tokens }) => tokens === 0);
	// Steps of a canvas or a drafter before the first token belong to the answer, the prompt's own pass does not.
	const begun = session.steps[0]!.kind === 'prefill' ? ends[0]!.ms : 0;
	const spent = costs.slice(session.steps[0]!.kind === 'prefill' ? 1 : 0);
	const passes = session.steps.filter(({ kind, by }) => kind === 'decode' && by !== 'draft').length;
	const sum = (of: (cost: Cost) => number) => spent.reduce((total, cost) => total + of(cost), 0);
	const tested = session.steps
		.flatMap(({ verdicts }) => verdicts)
		.filter(({ rule }) => rule !== 'certain' && rule !== 'unchecked');
	const answer = answerOf(session);
	const simulated = track.kind === 'simulated';
	const known = spent.every(({ joules }) => joules !== null);
	const sized = simulated || track.weights?.(decoder) !== undefined;
	return {
		session,
		marks: ends,
		tokens,
		perSecond: (1000 * tokens) / (ms - begun),
		tokensPerPass: tokensPerPass(session.steps),
		firstMs: ends[prompt + 1]?.ms ?? ms,
		endMs: ms,
		stepMs: (ms - begun) / Math.max(1, passes),
		...(tested.length > 0 && {
			acceptance: tested.filter(({ accepted }) => accepted).length / tested.length
		}),
		...(sized && { bytes: sum(({ bytes }) => bytes) / tokens }),
		...(simulated && known && { joules: sum(({ joules }) => joules!) / tokens }),
		...(marks && marks.logs.length > 0 && { perplexity: perplexity(marks.logs)! }),
		...(marks && !simulated && { speeds: [...marks.speeds].sort((a, b) => a - b) }),
		...differsAt(answer, ar)
	};
}

function differsAt(answer: readonly number[], ar?: readonly number[]): { differs?: number } {
	if (!ar) return {};
	const at = answer.findIndex((token, i) => token !== ar[i]);
	if (at >= 0) return { differs: at };
	return answer.length === ar.length ? {} : { differs: answer.length };
}

/** All lanes of a race, in the order of their sessions. */
export function lanesOf(
	sessions: readonly Session[],
	track: Track,
	marksOf: (session: Session) => LaneMarks | undefined = () => undefined
): Lane[] {
	const ar = sessions.find(({ settings }) => settings.decoder === 'ar');
	const tokens = ar && answerOf(ar);
	return sessions.map((session) => laneOf(session, track, marksOf(session), tokens));
}

/** Tokens that a lane has written by a time. */
export function tokensAt({ marks }: Lane, ms: number): number {
	return marks.findLast((mark) => mark.ms <= ms)?.tokens ?? 0;
}

/** The lanes from the fastest to the slowest, by tokens a second. */
export const podium = (lanes: readonly Lane[]): Lane[] =>
	[...lanes].sort((a, b) => b.perSecond - a.perSecond);
