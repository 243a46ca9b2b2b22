import type { Session } from '$engine/decode/index.ts';
import { LARGEST, parseSession } from '../decode/parse.ts';

/** A race as it is saved, shipped and opened. */
export interface Race {
	readonly kind: 'race';
	readonly version: 1;
	/** One a lane: the same prompt, two to five decoders. */
	readonly sessions: readonly Session[];
}

/** Why a file is not a race. */
export type RaceProblem = 'not-json' | 'too-large' | 'not-a-race' | 'lanes' | 'prompts' | 'session';

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
	const { kind, version, sessions } = (data ?? {}) as Record<string, unknown>;
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
	return { ok: true, race: { kind: 'race', version: 1, sessions: read } };
}
