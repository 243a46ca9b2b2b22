import { existsSync, readFileSync } from 'node:fs';
import type { Race } from '$engine/decode/index.ts';
import { parseRace } from '$lib/race/file.ts';

const folder = 'static/races';

/** What the page lists of a recorded race before it fetches it. */
export interface RaceInfo {
	readonly id: string;
	readonly prompt: string;
	readonly bytes: number;
}

/** The recorded races, read while the site is built. */
export function listRaces(): RaceInfo[] {
	const index = `${folder}/index.json`;
	return existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as RaceInfo[]) : [];
}

/** @throws where the file is not a race: a broken one must not be published. */
export function readRaceFile(id: string): Race {
	const file = `${folder}/${id}.json`;
	const parsed = parseRace(readFileSync(file, 'utf8'));
	if (parsed.ok) return parsed.race;
	throw new Error(`${file} is not a race: ${parsed.problem}`);
}
