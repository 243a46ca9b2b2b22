import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { settingsSchema, tokensPerPass, withoutPredictions } from '../decode/index.ts';
import { answer, DRAFT, MODEL } from './answer.ts';
import { command } from './arguments.ts';

/**
 * Records the sessions that the site replays before the model has arrived:
 *
 *   npm run record
 *
 *   npm run record -- --races        the races alone
 *
 * Needed anew whenever the weights change. Writes static/sessions/<id>.json and static/races/<id>.json, each with an
 * index.json.
 */
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
		id: 'count-lookup',
		prompt: 'Count from 1 to 20.',
		settings: { decoder: 'lookup', maxTokens: 64 }
	}
];

/** The decoders of a race that run on the model alone. */
const lanes = [
	{ decoder: 'ar' },
	{ decoder: 'speculative' },
	{ decoder: 'block', k: 8 },
	{ decoder: 'tidar', k: 8 },
	{ decoder: 'tidar-tree', slots: 72, k: 8 }
] as const;
const races = [
	{ id: 'gravity', prompt: 'What is gravity?' },
	{ id: 'sky', prompt: 'Why is the sky blue?' }
];

const inStatic = (name: string) => fileURLToPath(new URL(`../../static/${name}`, import.meta.url));

/** One prompt answered by every decoder of a race; predictions are left out, which a race does not show. */
async function recordRaces(): Promise<void> {
	const folder = inStatic('races');
	await mkdir(folder, { recursive: true });
	const index = [];
	for (const { id, prompt } of races) {
		const sessions = [];
		for (const lane of lanes) {
			const settings = v.parse(settingsSchema, { ...lane, maxTokens: 48 });
			const draft = lane.decoder === 'speculative' ? DRAFT : undefined;
			sessions.push(withoutPredictions(await answer({ prompt, settings, model: MODEL, draft })));
		}
		const json = JSON.stringify({ kind: 'race', version: 1, sessions });
		await writeFile(`${folder}/${id}.json`, `${json}\n`);
		index.push({ id, prompt, bytes: json.length + 1 });
		console.log(`race ${id}: ${(json.length / 1000).toFixed(0)} kB`);
	}
	await writeFile(`${folder}/index.json`, `${JSON.stringify(index, null, '\t')}\n`);
}

await command(async () => {
	await recordRaces();
	if (process.argv.includes('--races')) return;
	const folder = inStatic('sessions');
	await mkdir(folder, { recursive: true });
	const index = [];
	for (const { id, prompt, settings } of recordings) {
		const recorded = await answer({
			prompt,
			settings: v.parse(settingsSchema, settings),
			model: MODEL,
			draft: 'decoder' in settings && settings.decoder === 'speculative' ? DRAFT : undefined
		});
		const json = JSON.stringify(recorded);
		await writeFile(`${folder}/${id}.json`, `${json}\n`);
		index.push({ id, prompt, settings: recorded.settings, bytes: json.length + 1 });
		console.log(
			`${id}: ${tokensPerPass(recorded.steps).toPrecision(3)} tokens a pass, ${(json.length / 1000).toFixed(0)} kB\n${recorded.text}\n`
		);
	}
	await writeFile(`${folder}/index.json`, `${JSON.stringify(index, null, '\t')}\n`);
});
