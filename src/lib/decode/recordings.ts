import type { Session } from '$engine/decode/index.ts';
import { parseSession } from './parse.ts';

/** What the page lists of a recorded session before it fetches it. */
export interface RecordingInfo {
	/** File name without '.json'. */
	readonly id: string;
	readonly prompt: string;
	readonly settings: Session['settings'];
	readonly bytes: number;
}

/** The decoders that are shown side by side. */
const pair: readonly string[] = ['ar', 'tidar'];

/** The recorded run of the other one of AR and TiDAR on the same prompt, if there is one. */
export function partnerOf(
	recordings: readonly RecordingInfo[],
	id: string
): RecordingInfo | undefined {
	const one = recordings.find((recording) => recording.id === id);
	if (!one || !pair.includes(one.settings.decoder)) return undefined;
	return recordings.find(
		({ prompt, settings: { decoder } }) =>
			prompt === one.prompt && pair.includes(decoder) && decoder !== one.settings.decoder
	);
}

/** Whether a name in a link means a recorded run: its id, or with '+' behind it both decoders' runs. */
export const isRecording = (recordings: readonly RecordingInfo[], name: string): boolean =>
	recordings.some(({ id }) => name === id || name === `${id}+`);

/**
 * Fetches what a name means: one session, or AR's and TiDAR's on the same prompt; those that did not
 * arrive whole are left out.
 * @param at address of a recorded session's file.
 */
export async function fetchRecordings(
	recordings: readonly RecordingInfo[],
	name: string,
	at: (id: string) => string
): Promise<Session[]> {
	const id = name.replace(/\+$/, '');
	const other = name.endsWith('+') ? partnerOf(recordings, id) : undefined;
	const found = await Promise.all(
		[...(other ? [other.id] : []), id].map(async (id) => {
			const response = await fetch(at(id)).catch(() => undefined);
			const parsed = response?.ok ? parseSession(await response.text()) : undefined;
			return parsed?.ok ? [parsed.session] : [];
		})
	);
	return found.flat();
}
