import { answerOf, type Race, type Session } from '$engine/decode/index.ts';
import * as v from 'valibot';
import { LARGEST, parseSession } from '../decode/parse.ts';

/** Most times that a lane is run. */
export const RUNS = 9;

const marksSchema = v.object({
	logs: v.array(v.pipe(v.number(), v.maxValue(0), v.minValue(-1000))),
	speeds: v.pipe(
		v.array(v.pipe(v.number(), v.gtValue(0), v.finite())),
		v.minLength(1),
		v.maxLength(RUNS)
	)
});

/** Why a file is not a race. */
export type RaceProblem =
	'not-json' | 'too-large' | 'not-a-race' | 'lanes' | 'prompts' | 'session' | 'marks';

export type ParsedRace =
	| { readonly ok: true; readonly race: Race }
	| { readonly ok: false; readonly problem: RaceProblem };

/** Most lanes of a race. */
export const LANES = 5;

/** Reads a race file. Never throws; what comes back is safe to draw. */
export function parseRace(json: string): ParsedRace {
	if (json.length > LARGEST) return { ok: false, problem: 'too-large' };
	let data: unknown;
	try {
		data = JSON.parse(json);
	} catch {
		return { ok: false, problem: 'not-json' };
	}
	const { kind, version, sessions, marks } = (data ?? {}) as Record<string, unknown>;
	if (kind !== 'race' || version !== 1 || !Array.isArray(sessions)) {
		return { ok: false, problem: 'not-a-race' };
	}
	if (sessions.length < 2 || sessions.length > LANES) return { ok: false, problem: 'lanes' };
	const read: Session[] = [];
	for (const one of sessions) {
		const parsed = parseSession(JSON.stringify(one) ?? '');
		if (!parsed.ok) return { ok: false, problem: 'session' };
		read.push(parsed.session);
	}
	if (read.some(({ prompt }) => prompt !== read[0]!.prompt))
		return { ok: false, problem: 'prompts' };
	if (marks === undefined) return { ok: true, race: { kind: 'race', version: 1, sessions: read } };
	const measured = v.safeParse(v.array(marksSchema), marks);
	const whole =
		measured.success &&
		measured.output.length === read.length &&
		measured.output.every(({ logs }, i) => logs.length === answerOf(read[i]!).length);
	return whole
		? { ok: true, race: { kind: 'race', version: 1, sessions: read, marks: measured.output } }
		: { ok: false, problem: 'marks' };
}
