// The engine on another site: the simulator at once, the model from ./model/ when it has come.
import { setup, stepMs } from 'tidar-lab/cost';
import { decode, defaults } from 'tidar-lab/decode';
import { findDevice } from 'tidar-lab/hardware';
import { findModel } from 'tidar-lab/models';
import { loadModel } from 'tidar-lab/runtime';
import { TextStream, Tokenizer } from 'tidar-lab/tokenizer';

/**
 * @param {string} id
 * @param {string} text
 */
function show(id, text) {
	const place = document.getElementById(id);
	if (place) place.textContent = text;
}

const device = findDevice('h100-sxm');
const large = findModel('qwen3-8b');
if (!device || !large) throw new Error('The catalogue lacks what this example names.');
const ms = stepMs(setup({ device, model: large, slots: 72, context: 1024 }));
show('cost', `72 slots of Qwen3 8B on an H100: ${ms.toFixed(2)} ms`);

const base = new URL('model/', location.href);
const model = await loadModel({ base });
const json = await (await fetch(new URL(model.manifest.tokenizer.file.file, base))).json();
const tokenizer = new Tokenizer(json);
const stream = new TextStream();
let text = '';
let passes = 0;
const prompt = tokenizer.encodeChat('What is gravity?', { first: true });
for await (const { emitted } of decode(model.forward, prompt, { ...defaults, maxTokens: 32 })) {
	passes++;
	for (const token of emitted) text += stream.push(tokenizer.piece(token));
	show('answer', `${passes} passes: ${text}`);
}
show('answer', `${passes} passes: ${text}${stream.end()}`);
document.documentElement.dataset.done = '';
