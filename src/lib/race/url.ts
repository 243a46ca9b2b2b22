import type { DecoderName } from '$engine/decode/index.ts';
import type { Choice } from '../simulate/choice.ts';
import { readScene, start as simulator, writeScene } from '../simulate/url.ts';
import { LANES } from './file.ts';

/** What a link to a race says; the text of a prompt that somebody typed is not in it. */
export interface RacePlace {
	/** A recorded race. */
	readonly race?: string;
	readonly lanes: readonly DecoderName[];
	readonly track: 'simulated' | 'measured';
	/** What is simulated: a set-up of the simulator, whose slots and context each step brings itself. */
	readonly rig: Choice;
	/** How often each lane runs on this device. */
	readonly runs: number;
}

/** How often a lane may run; odd, so that one is in the middle. */
export const runsOffered = [1, 3, 5] as const;

/** Something in a link that there is not, and what is taken where that is not the usual. */
export interface RaceCorrection {
	readonly name: string;
	readonly asked: string;
	readonly taken?: string;
}

export const start: RacePlace = {
	lanes: ['ar', 'speculative', 'block', 'tidar', 'tidar-tree'],
	track: 'simulated',
	rig: simulator.a,
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
	const { scene, corrections: rigged } = readScene(query);
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
			rig: scene.a,
			runs: read('runs', start.runs, (text) => runsOffered.find((runs) => String(runs) === text))
		},
		corrections: [...corrections, ...rigged]
	};
}

/** The same as a query; what is as it starts is left out. */
export function writeRace({ race, lanes, track, rig, runs }: RacePlace): URLSearchParams {
	const query = writeScene({ ...simulator, a: rig });
	if (race) query.set('race', race);
	if (String(lanes) !== String(start.lanes)) query.set('lanes', lanes.join(','));
	if (track !== start.track) query.set('on', track);
	if (runs !== start.runs) query.set('runs', String(runs));
	return query;
}
