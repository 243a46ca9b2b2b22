import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decoderNames, logLikelihood } from '../decode/index.ts';
import { loadModel } from '../runtime/load.ts';
import { hasCompanion } from '../runtime/companions.ts';
import { answer, DRAFT, MODEL, modelFor, ownFor } from './answer.ts';
import { command } from './arguments.ts';
import { record } from './recordings.ts';

/** ln p of each token of each answer under the AR half of the model that the site serves. */
async function judge(prompt: readonly number[], answers: readonly (readonly number[])[]) {
	const model = await loadModel({ base: MODEL, backend: 'wasm' });
	try {
		const found: number[][] = [];
		for (const answer of answers) found.push(await logLikelihood(model.forward, prompt, answer));
		return found;
	} finally {
		await model.dispose();
	}
}

/**
 * Records the sessions that the site replays before the model has arrived, on WebAssembly:
 *
 *   npm run record
 *
 *   npm run record -- --races        the races alone
 *
 * Needed anew whenever the weights change. Writes static/sessions/<id>.json and static/races/<id>.json, each with an
 * index.json. On a GPU: the stage `sessions` of `npm run bench:gpu`, with --record.
 */
await command(async () => {
	const files = record(
		(prompt, settings) =>
			answer({
				prompt,
				settings,
				model: modelFor(settings.decoder),
				draft: settings.decoder === 'speculative' ? DRAFT : undefined
			}),
		judge,
		process.argv.includes('--races'),
		decoderNames.filter((decoder) => hasCompanion(decoder) && ownFor(decoder) !== undefined)
	);
	for await (const { file, text, about } of files) {
		const path = fileURLToPath(new URL(`../../static/${file}`, import.meta.url));
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, text);
		console.log(about);
	}
});
