import { existsSync, readFileSync } from 'node:fs';
import type { Session } from '$engine/decode/index.ts';
import { parseSession } from '$lib/decode/parse.ts';

/** Read while the site is built: the recorded sessions that it ships, in the order of their index. */
const folder = 'static/sessions';

/** What the page lists of a recorded session before it fetches it. */
export interface Listed {
	/** File name without '.json'. */
	readonly id: string;
	readonly prompt: string;
	readonly settings: Session['settings'];
	readonly bytes: number;
}

/** The recorded sessions; none where the site has no recordings. */
export function listSessions(): Listed[] {
	const index = `${folder}/index.json`;
	return existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : [];
}

/** @throws where the file is not a session: a broken one must not be published. */
export function readSession(id: string): Session {
	const file = `${folder}/${id}.json`;
	const parsed = parseSession(readFileSync(file, 'utf8'));
	if (parsed.ok) return parsed.session;
	throw new Error(`${file} is not a session: ${JSON.stringify(parsed.problem)}`);
}
