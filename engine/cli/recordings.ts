import * as v from 'valibot';
import {
	answerOf,
	middle,
	raceOf,
	settingsSchema,
	speedOf,
	tokensPerPass,
	withoutPredictions,
	type DecoderName,
	type Session,
	type Settings
} from '../decode/index.ts';

/** What the site replays before the model has arrived. */
const recordings = [
	{ id: 'gravity', prompt: 'What is gravity?', settings: { maxTokens: 64 } },
	{ id: 'gravity-ar', prompt: 'What is gravity?', settings: { decoder: 'ar', maxTokens: 64 } },
	{ id: 'count', prompt: 'Count from 1 to 20.', settings: { maxTokens: 64 } },
	{ id: 'sky', prompt: 'Why is the sky blue?', settings: { k: 4, maxTokens: 64 } },
	{
		id: 'story',
		prompt: 'Write a short story about a cat and a fish.',
		settings: { maxTokens: 64 }
	},
	{
		id: 'code',
		prompt: 'Write a Python function that adds two numbers.',
		settings: { k: 16, maxTokens: 48 }
	},
	{
		id: 'gravity-tree',
		prompt: 'What is gravity?',
		settings: { decoder: 'tidar-tree', maxTokens: 64 }
	},
	{
		id: 'gravity-block',
		prompt: 'What is gravity?',
		settings: { decoder: 'block', maxTokens: 64 }
	},
	{
		id: 'gravity-speculative',
		prompt: 'What is gravity?',
		settings: { decoder: 'speculative', maxTokens: 64 }
	},
	{
		id: 'gravity-eagle3',
		prompt: 'What is gravity?',
		settings: { decoder: 'eagle3', maxTokens: 64 }
	},
	{
		id: 'gravity-llada',
		prompt: 'What is gravity?',
		settings: { decoder: 'llada', maxTokens: 64, perPass: 2 }
	},
	{
		id: 'gravity-dream',
		prompt: 'What is gravity?',
		settings: { decoder: 'dream', maxTokens: 64, perPass: 2 }
	},
	{
		id: 'count-lookup',
		prompt: 'Count from 1 to 20.',
		settings: { decoder: 'lookup', maxTokens: 64 }
	}
];

/** How often a lane of a recorded race was run. */
const RUNS = 3;

/** Decoders that cannot be recorded before weights were trained for them. */
const withOwn: readonly string[] = ['eagle3', 'llada', 'dream'] satisfies DecoderName[];

/** The usual lanes of a recorded race, and those of one of decoders with weights of their own. */
const usual = [
	{ decoder: 'ar' },
	{ decoder: 'speculative' },
	{ decoder: 'block', k: 8 },
	{ decoder: 'tidar', k: 8 },
	{ decoder: 'tidar-tree', slots: 72, k: 8 }
];
const own = [
	{ decoder: 'ar' },
	{ decoder: 'eagle3' },
	{ decoder: 'llada' },
	{ decoder: 'dream' },
	{ decoder: 'tidar', k: 8 }
];
const races = [
	{ id: 'gravity', prompt: 'What is gravity?', lanes: usual },
	{ id: 'sky', prompt: 'Why is the sky blue?', lanes: usual },
	{ id: 'plants', prompt: 'How do plants make their food?', lanes: own }
];

/** A file below static/, and a line about it. */
export interface RecordedFile {
	readonly file: string;
	readonly text: string;
	readonly about: string;
}

/**
 * Makes the files of static/sessions and static/races, one after the other, each folder's index.json last.
 * @param ask answers one prompt. Where the decoder is 'speculative' a second model drafts.
 * @param judge ln p of each token of each answer under the model's AR half
 * @param racesAlone leaves the sessions out.
 * @param here decoders with weights of their own that can run; what needs others is left out.
 */
export async function* record(
	ask: (prompt: string, settings: Settings) => Promise<Session>,
	judge: (
		prompt: readonly number[],
		answers: readonly (readonly number[])[]
	) => Promise<readonly (readonly number[])[]>,
	racesAlone = false,
	here: readonly DecoderName[] = []
): AsyncGenerator<RecordedFile, void> {
	const answer = (prompt: string, settings: object) =>
		ask(prompt, v.parse(settingsSchema, settings));
	const runs = (decoder?: string) =>
		decoder === undefined || !withOwn.includes(decoder) || here.some((one) => one === decoder);
	const index = (folder: string, list: readonly object[]): RecordedFile => ({
		file: `${folder}/index.json`,
		text: `${JSON.stringify(list, null, '\t')}\n`,
		about: `${list.length} in ${folder}`
	});

	const listed = [];
	for (const { id, prompt, lanes: all } of races) {
		const lanes = all.filter(({ decoder }) => runs(decoder));
		// A race of decoders with weights of their own is none where there are none.
		if (all === own && here.length === 0) continue;
		const found: Session[][] = lanes.map(() => []);
		// By turns, so that what else the machine does meets every lane.
		for (let round = 0; round < RUNS; round++) {
			// Predictions are most of a session's bytes, and a race does not show them.
			for (const [i, lane] of lanes.entries())
				found[i]!.push(withoutPredictions(await answer(prompt, { ...lane, maxTokens: 48 })));
		}
		const shown = found.map(middle);
		const logs = await judge(shown[0]!.promptTokens, shown.map(answerOf));
		const race = raceOf(
			shown,
			logs,
			found.map((runs) => runs.map(speedOf))
		);
		const text = `${JSON.stringify(race)}\n`;
		listed.push({ id, prompt, bytes: text.length });
		yield { file: `races/${id}.json`, text, about: `race ${id}` };
	}
	yield index('races', listed);
	if (racesAlone) return;

	const known = [];
	for (const { id, prompt, settings } of recordings) {
		if (!runs(settings.decoder)) continue;
		const recorded = await answer(prompt, settings);
		const text = `${JSON.stringify(recorded)}\n`;
		known.push({ id, prompt, settings: recorded.settings, bytes: text.length });
		const rate = tokensPerPass(recorded.steps).toPrecision(3);
		yield {
			file: `sessions/${id}.json`,
			text,
			about: `${id}: ${rate} tokens a pass\n${recorded.text}\n`
		};
	}
	yield index('sessions', known);
}
