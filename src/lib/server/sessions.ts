import { existsSync, readFileSync } from 'node:fs';
import type { Session } from '$engine/decode/index.ts';
import { parseSession } from '$lib/decode/parse.ts';
import type { RecordingInfo } from '$lib/decode/recordings.ts';

/** Read while the site is built: the recorded sessions that it ships, in the order of their index. */
const folder = 'static/sessions';

/** The recorded sessions; none where the site has no recordings. */
export function listSessions(): RecordingInfo[] {
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
