import type { DecoderName } from '$engine/decode/index.ts';
import { findDevice } from '$engine/hardware/index.ts';
import { findModel } from '$engine/models/index.ts';
import { LANES } from './file.ts';

/** What a link to a race says; the text of a prompt that somebody typed is not in it. */
export interface RacePlace {
	/** A recorded race. */
	readonly race?: string;
	readonly lanes: readonly DecoderName[];
	readonly track: 'simulated' | 'measured';
	readonly gpu: string;
	readonly model: string;
	/** How often each lane runs on this device. */
	readonly runs: number;
}

/** How often a lane may run; odd, so that one is in the middle. */
export const runsOffered = [1, 3, 5] as const;

/** Something in a link that there is not. */
export interface RaceCorrection {
	readonly name: string;
	readonly asked: string;
}

export const start: RacePlace = {
	lanes: ['ar', 'speculative', 'block', 'tidar', 'tidar-tree'],
	track: 'simulated',
	gpu: 'h100-sxm',
	model: 'qwen3-8b',
	runs: 3
};

/**
 * Reads a link. What is wrong takes its default, and is listed.
 * @param racers the decoders that can run here, in the order of the lanes
 */
export function readRace(
	query: URLSearchParams,
	racers: readonly DecoderName[]
): {
	place: RacePlace;
	corrections: readonly RaceCorrection[];
} {
	const corrections: RaceCorrection[] = [];
	const read = <T>(name: string, fallback: T, known: (text: string) => T | undefined): T => {
		const asked = query.get(name);
		if (asked === null) return fallback;
		const found = known(asked);
		if (found === undefined) corrections.push({ name, asked: asked.slice(0, 60) });
		return found ?? fallback;
	};
	const usual = start.lanes.filter((lane) => racers.includes(lane));
	const lanes = read('lanes', usual, (text) => {
		const asked = [...new Set(text.split(','))];
		const found = racers.filter((racer) => (asked as readonly string[]).includes(racer));
		return found.length === asked.length && found.length >= 2 && found.length <= LANES
			? found
			: undefined;
	});
	const race = read('race', undefined as string | undefined, (text) =>
		/^[a-z0-9-]{1,40}$/.test(text) ? text : undefined
	);
	return {
		place: {
			...(race && { race }),
			lanes,
			track: read('on', start.track, (text) =>
				text === 'simulated' || text === 'measured' ? text : undefined
			),
			gpu: read('gpu', start.gpu, (text) => findDevice(text)?.id),
			model: read('model', start.model, (text) => findModel(text)?.id),
			runs: read('runs', start.runs, (text) => runsOffered.find((runs) => String(runs) === text))
		},
		corrections
	};
}

/** The same as a query; what is as it starts is left out. */
export function writeRace({ race, lanes, track, gpu, model, runs }: RacePlace): URLSearchParams {
	const query = new URLSearchParams();
	if (race) query.set('race', race);
	if (String(lanes) !== String(start.lanes)) query.set('lanes', lanes.join(','));
	if (track !== start.track) query.set('on', track);
	if (gpu !== start.gpu) query.set('gpu', gpu);
	if (model !== start.model) query.set('model', model);
	if (runs !== start.runs) query.set('runs', String(runs));
	return query;
}
