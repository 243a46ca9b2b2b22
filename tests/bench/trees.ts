import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { MODEL } from '../../engine/cli/answer.ts';
import { decode, settingsSchema, type Forward, type Settings } from '../../engine/decode/index.ts';
import { loadModel } from '../../engine/runtime/load.ts';
import { Tokenizer, type TokenizerJson } from '../../engine/tokenizer/index.ts';

/**
 * Tokens a pass against slots, on WebAssembly: TiDAR's chain and the candidate tree with as many slots, answering
 * held-out prompts by the real loop.
 *
 *   npx tsx tests/bench/trees.ts [--prompts N]
 *
 * Every prompt is answered in all ways before the next one comes, kinds of prompts by turns, and the file is written
 * after each: a run that was cut short is a fair one over fewer prompts. Writes static/measurements/trees.json.
 */

const LIMIT = 48;
const FILE = 'static/measurements/trees.json';
const ways = [
	{ decoder: 'tidar', slots: 20, k: 4 },
	{ decoder: 'tidar-tree', slots: 20, k: 4 },
	{ decoder: 'tidar', slots: 72, k: 8 },
	{ decoder: 'tidar-tree', slots: 72, k: 8 }
] as const;

/** Tokens and passes behind the prompt's. */
async function answer(forward: Forward, prompt: readonly number[], asked: Partial<Settings>) {
	forward.truncate(0);
	const settings = v.parse(settingsSchema, { ...asked, maxTokens: LIMIT });
	const emitted: number[] = [];
	let passes = 0;
	for await (const step of decode(forward, prompt, settings)) {
		emitted.push(...step.emitted);
		if (step.kind === 'decode') passes++;
	}
	return { emitted, passes };
}

const held = JSON.parse(await readFile('engine/train/prompts/held-out.json', 'utf8')) as {
	prompts: readonly { id: string; set: string; kind: string; text: string }[];
};
const core = held.prompts.filter(({ set }) => set === 'core');
const turn = new Map<string, number>();
const turns = core
	.map((prompt) => {
		const at = turn.get(prompt.kind) ?? 0;
		turn.set(prompt.kind, at + 1);
		return { prompt, at };
	})
	.sort((a, b) => a.at - b.at)
	.map(({ prompt }) => prompt);
const asked = process.argv.indexOf('--prompts');
const most = asked < 0 ? turns.length : Number(process.argv[asked + 1]);

const model = await loadModel({ base: MODEL, backend: 'wasm', threads: 1 });
const json = await readFile(`${MODEL}/${model.manifest.tokenizer.file.file}`, 'utf8');
const tokenizer = new Tokenizer(JSON.parse(json) as TokenizerJson);
const sums = ways.map((way) => ({ ...way, tokens: 0, passes: 0 }));
let prompts = 0;
for (const { id, text } of turns.slice(0, most)) {
	const prompt = tokenizer.encodeChat(text, { first: true });
	const found = [];
	for (const way of ways) found.push(await answer(model.forward, prompt, way));
	const [first] = found;
	if (found.some(({ emitted }) => String(emitted) !== String(first!.emitted)))
		throw new Error(`${id}: the decoders do not write the same text.`);
	found.forEach(({ emitted, passes }, i) => {
		sums[i]!.tokens += emitted.length;
		sums[i]!.passes += passes;
	});
	prompts++;
	const report = {
		date: new Date().toISOString().slice(0, 10),
		weights: model.manifest.checkpoint.sha256,
		limit: LIMIT,
		prompts,
		ways: sums
	};
	await writeFile(FILE, `${JSON.stringify(report, null, '\t')}\n`);
	console.log(id, sums.map(({ tokens, passes }) => (tokens / passes).toFixed(3)).join(' '));
}
await model.dispose();
