import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadModel } from '../../engine/runtime/load.ts';
import { Tokenizer, type TokenizerJson } from '../../engine/tokenizer/index.ts';

/** The model that the site serves, in Node on WebAssembly. */
const folder = fileURLToPath(new URL('../../static/models/tidar-smollm2-135m', import.meta.url));

/** In `npm test` one thread: the tests in Chromium have the other core. */
const threads = process.env.LONG === '1' ? undefined : 1;
export const loadForTests = () => loadModel({ base: folder, backend: 'wasm', threads });

export const tokenizer = new Tokenizer(
	JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8')) as TokenizerJson
);

/** 200 prompts: the 136 that the evaluation holds out, by kind, and 64 short, odd, foreign ones. */
export const prompts: string[] = [
	...read<{ prompts: string[] }>('../fixtures/prompts.json').prompts,
	...read<{ prompts: { text: string }[] }>('../../engine/train/prompts/held-out.json').prompts.map(
		({ text }) => text
	)
];

function read<T>(path: string): T {
	return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}
