// node node.js FOLDER-OF-A-MODEL [PROMPT]: what a step costs on a GPU, and an answer of a real model, in Node.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setup, slotsWithin, stepMs } from 'tidar-lab/cost';
import { decode, defaults } from 'tidar-lab/decode';
import { findDevice } from 'tidar-lab/hardware';
import { findModel } from 'tidar-lab/models';
import { loadModel } from 'tidar-lab/runtime';
import { TextStream, Tokenizer } from 'tidar-lab/tokenizer';

const [folder = 'models/tidar-smollm2-135m', prompt = 'What is gravity?'] = process.argv.slice(2);

const device = findDevice('h100-sxm');
const large = findModel('qwen3-8b');
if (!device || !large) throw new Error('The catalogue lacks what this example names.');
const s = setup({ device, model: large, context: 1024 });
console.log(`A step of Qwen3 8B on an H100: ${stepMs(s).toFixed(2)} ms with one slot;`);
console.log(`${slotsWithin(s, 1.1)} slots cost at most 10 % more.`);

const model = await loadModel({ base: folder, backend: 'wasm' });
const { file } = model.manifest.tokenizer.file;
const tokenizer = new Tokenizer(JSON.parse(await readFile(join(folder, file), 'utf8')));
const steps = decode(model.forward, tokenizer.encodeChat(prompt, { first: true }), {
	...defaults,
	maxTokens: 32
});
const stream = new TextStream();
let passes = 0;
let text = '';
for await (const { emitted } of steps) {
	passes++;
	for (const token of emitted)
		if (!tokenizer.isSpecial(token)) text += stream.push(tokenizer.piece(token));
}
console.log(`${passes} passes: ${text}${stream.end()}`);
await model.dispose();
