/// <reference lib="webworker" />
// Times the decoder on this device, for /timeline: every kernel where the device has timestamps, else every pass.
import { decode, defaults, type Step } from '../../engine/decode/index.ts';
import { failureOf } from '../../engine/protocol/failure.ts';
import { loadModel, type LoadedModel } from '../../engine/runtime/load.ts';
import { WebSource } from '../../engine/runtime/source.ts';
import type { LiveRun, Stamped } from '../../engine/timeline/index.ts';
import { Tokenizer, type TokenizerJson } from '../../engine/tokenizer/index.ts';
import type { LiveEvent, LiveRequest, TimedRun } from '../lib/timeline/live.ts';

const tell = (event: LiveEvent) => self.postMessage(event);

self.onmessage = async ({ data }: MessageEvent<LiveRequest>) => {
	try {
		const source = new WebSource(data.base);
		if (data.kind === 'look') {
			tell({ kind: 'found', ...(await source.stored(await source.manifest())) });
			return;
		}
		const model = await loadModel({
			base: source,
			backend: data.backend,
			stamps: true,
			onProgress: ({ done, total }) => tell({ kind: 'files', done, total }),
			onStart: () => tell({ kind: 'starting' })
		});
		try {
			tell({ kind: 'runs', runs: await runs(model, data) });
		} finally {
			await model.dispose();
		}
	} catch (error) {
		tell({ kind: 'failed', failure: failureOf(error) });
	}
};

async function runs(
	model: LoadedModel,
	{ prompt, tokens: maxTokens }: { prompt: string; tokens: number }
): Promise<TimedRun[]> {
	const tokenizer = new Tokenizer(JSON.parse(model.tokenizer) as TokenizerJson);
	const tokens = tokenizer.encodeChat(prompt, { first: true });
	const timed: TimedRun[] = [];
	for (const decoder of ['ar', 'tidar'] as const) {
		const settings = { ...defaults, decoder, maxTokens };
		const answer = async () => {
			model.forward.truncate(0);
			const steps: Step[] = [];
			for await (const step of decode(model.forward, tokens, settings)) {
				steps.push(step);
				const written = steps.reduce((sum, { emitted }) => sum + emitted.length, 0);
				tell({ kind: 'writing', decoder, tokens: written });
			}
			return steps;
		};
		// Twice without stamps: the first compiles shaders, and records.
		await answer();
		const plain = await answer();
		const { steps, kernels } = await stamped(model, answer);
		timed.push({ decoder, run: liveRun(model, steps, plain, kernels) });
	}
	return timed;
}

/** The same answer with every launch stamped. */
async function stamped(
	{ forward, stamps }: LoadedModel,
	answer: () => Promise<Step[]>
): Promise<{ steps: Step[]; kernels: Stamped[][] }> {
	const kernels: Stamped[][] = [];
	if (!stamps) return { steps: await answer(), kernels };
	const run = forward.run.bind(forward);
	forward.run = async (input) => {
		const pass = await stamps.during(() => run(input));
		kernels.push(pass.kernels);
		return pass.result;
	};
	try {
		return { steps: await answer(), kernels };
	} finally {
		forward.run = run;
	}
}

/** Id of the model's architecture in the catalogue; the weights are ours. */
const MODEL_ID = 'smollm2-135m';

function liveRun(
	model: LoadedModel,
	steps: readonly Step[],
	plain: readonly Step[],
	kernels: readonly Stamped[][]
): LiveRun {
	return {
		device: model.device,
		modelId: MODEL_ID,
		steps: steps.map(({ kind, tokens, emitted, times }) => ({ kind, tokens, emitted, times })),
		kernels,
		plainMs: plain.reduce((sum, { times }) => sum + times.total, 0)
	};
}
