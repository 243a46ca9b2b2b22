import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Session } from '$engine/decode/index.ts';
import { parseSession } from '$lib/decode/parse.ts';

/** Read while the site is built: the recorded sessions that it ships. */
const folder = 'static/sessions';

/** What the page lists of a recorded session before it fetches it. */
export interface Recording {
	/** File name without '.json'. */
	readonly name: string;
	readonly prompt: string;
	readonly settings: Session['settings'];
	readonly steps: number;
	readonly bytes: number;
}

/**
 * All recorded sessions, in the order of their names.
 * @throws where a file is not a session: a broken one must not be published.
 */
export function recordings(): { list: Recording[]; read: (name: string) => Session } {
	let files: string[] = [];
	try {
		files = readdirSync(folder).filter((file) => file.endsWith('.json'));
	} catch {
		// A copy of the site without recordings is a site, too.
	}
	const read = (name: string): Session => {
		const parsed = parseSession(readFileSync(`${folder}/${name}.json`, 'utf8'));
		if (parsed.ok) return parsed.session;
		throw new Error(`${folder}/${name}.json is not a session: ${JSON.stringify(parsed.problem)}`);
	};
	const list = files.sort().map((file) => {
		const name = file.slice(0, -'.json'.length);
		const { prompt, settings, steps } = read(name);
		return {
			name,
			prompt,
			settings,
			steps: steps.length,
			bytes: statSync(`${folder}/${file}`).size
		};
	});
	return { list, read };
}
