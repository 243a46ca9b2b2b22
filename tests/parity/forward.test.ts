import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pass } from '../../engine/decode/index.ts';
import { layout, prefillSpec, tidarSpec, visible } from '../../engine/mask/index.ts';
import type { LoadedModel } from '../../engine/runtime/load.ts';
import { loadForTests } from './model.ts';

/** What PyTorch computes with the same weights; see tests/fixtures/parity/README.md. */
interface Goldens {
	checkpoint: string;
	k: number;
	columns: number[];
	passes: {
		cached: number;
		tokens: number[];
		positions: number[];
		sees: number[][];
		kept: number[];
		argmax: number[];
		topIds: number[][];
		topLogits: number[][];
		logsumexp: number[];
		sample: string;
	}[];
}

const goldens = JSON.parse(
	readFileSync(new URL('../fixtures/parity/logits.json', import.meta.url), 'utf8')
) as Goldens;
const { k, columns, passes } = goldens;
const layouts = passes.map(({ kept }, i) =>
	layout(i === 0 ? prefillSpec(kept.length, k) : tidarSpec(k))
);

let model: LoadedModel;
const run: { pass: Pass; logits: Float32Array[]; length: number }[] = [];

beforeAll(async () => {
	model = await loadForTests();
	for (const [i, { tokens, kept }] of passes.entries()) {
		const { forward } = model;
		const length = forward.length;
		const pass = await forward.run({ layout: layouts[i]!, tokens });
		run.push({ pass, length, logits: await pass.logits(tokens.map((_, slot) => slot)) });
		forward.keep(kept);
	}
});
afterAll(() => model.dispose());

test('the goldens are of the weights that the site serves', () => {
	expect(goldens.checkpoint).toBe(model.manifest.checkpoint.sha256);
	expect(passes).toHaveLength(4);
});

describe.each(passes.map((golden, i) => ({ name: i === 0 ? 'prefill' : `step ${i}`, golden, i })))(
	'$name on WebAssembly against PyTorch',
	({ golden, i }) => {
		test('computes the same slots on the same cache', () => {
			expect(run[i]!.length).toBe(golden.cached);
			expect(layouts[i]!.slots.map(({ offset }) => golden.cached + offset)).toEqual(
				golden.positions
			);
			expect(visible(layouts[i]!)).toEqual(golden.sees);
		});

		test('same argmax in every slot', () => {
			expect(run[i]!.pass.predictions.map((one) => one!.tokens[0])).toEqual(golden.argmax);
		});

		test('logits: relative error of every row at most 1e-3', () => {
			const sample = new Float32Array(Uint8Array.from(Buffer.from(golden.sample, 'base64')).buffer);
			golden.tokens.forEach((_, slot) => {
				const wanted = sample.subarray(slot * columns.length, (slot + 1) * columns.length);
				const scale = Math.max(...wanted.map(Math.abs));
				const errors = columns.map((id, c) => Math.abs(run[i]!.logits[slot]![id]! - wanted[c]!));
				expect(Math.max(...errors) / scale, `slot ${slot}`).toBeLessThanOrEqual(1e-3);
			});
		});

		test('probabilities of the likeliest tokens', () => {
			golden.topLogits.forEach((logits, slot) => {
				logits.forEach((logit, place) => {
					expect(run[i]!.pass.predictions[slot]!.probabilities[place]).toBeCloseTo(
						Math.exp(logit - golden.logsumexp[slot]!),
						3
					);
				});
			});
		});
	}
);
