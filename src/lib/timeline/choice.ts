import { kernelSets, memoryFit, setup, weightFormats, type Setup } from '$engine/cost/index.ts';
import { devices, findDevice } from '$engine/hardware/index.ts';
import { findModel, models } from '$engine/models/index.ts';
import {
	layRun,
	runDecoders,
	type Acceptance,
	type NamedRun,
	type RunDecoder
} from '$engine/timeline/index.ts';
import type { LabelSet } from './labels.ts';

/** What a simulated comparison depends on: 1 to 4 runs that differ by their decoder. */
export interface Choice {
	readonly gpu: string;
	readonly model: string;
	readonly weights: keyof typeof weightFormats;
	readonly kernels: keyof typeof kernelSets;
	readonly tp: number;
	readonly context: number;
	readonly batch: number;
	readonly decoders: readonly RunDecoder[];
	/** k of TiDAR, drafts a round of speculation. */
	readonly drafts: number;
	readonly block: number;
	readonly denoise: number;
	/** Chance that a draft is right. */
	readonly rate: number;
	readonly seed: number;
	/** Tokens that each run writes. */
	readonly tokens: number;
	/** A recorded session whose accepted lengths are used instead of the rate. */
	readonly session?: string;
}

export const MOST_RUNS = 4;
export const ids = {
	gpu: devices.map(({ id }) => id),
	model: models.map(({ id }) => id),
	weights: Object.keys(weightFormats) as Choice['weights'][],
	kernels: Object.keys(kernelSets) as Choice['kernels'][],
	decoders: runDecoders,
	scalars: [
		'gpu',
		'model',
		'weights',
		'kernels',
		'tp',
		'context',
		'batch',
		'drafts',
		'block',
		'denoise',
		'rate',
		'seed',
		'tokens'
	]
} as const;

export const numbers = {
	tp: { min: 1, max: 8 },
	context: { min: 0, max: 131_072 },
	batch: { min: 1, max: 256 },
	drafts: { min: 1, max: 16 },
	block: { min: 4, max: 128 },
	denoise: { min: 1, max: 64 },
	rate: { min: 0, max: 1 },
	seed: { min: 0, max: 2 ** 31 - 1 },
	tokens: { min: 1, max: 200 }
} as const;

export const base: Choice = {
	gpu: 'h100-sxm',
	model: 'qwen3-8b',
	weights: 'bf16',
	kernels: 'pytorch-fused',
	tp: 1,
	context: 1024,
	batch: 1,
	decoders: ['ar', 'tidar'],
	drafts: 8,
	block: 32,
	denoise: 8,
	rate: 0.8,
	seed: 1,
	tokens: 24
};

export interface Preset {
	readonly choice: Choice;
	readonly words: LabelSet;
}

/** Comparisons with a name, in the order in which they are offered. */
export const presets = {
	qwen: { choice: base, words: 'chip' },
	article: {
		choice: { ...base, model: 'article-70b', tokens: 8 },
		words: 'kitchen'
	},
	ways: {
		choice: { ...base, decoders: ['ar', 'speculative', 'eagle3', 'tidar'], drafts: 5 },
		words: 'chip'
	},
	browser: {
		choice: {
			...base,
			gpu: 'apple-m3',
			model: 'smollm2-135m',
			weights: 'int4',
			kernels: 'browser',
			context: 256
		},
		words: 'chip'
	},
	batch: { choice: { ...base, batch: 32 }, words: 'chip' }
} as const satisfies Record<string, Preset>;
export type PresetId = keyof typeof presets;

/** Whether two choices make the same runs. */
export const sameChoice = (a: Choice, b: Choice): boolean =>
	a.session === b.session &&
	a.decoders.join() === b.decoders.join() &&
	ids.scalars.every((field) => a[field] === b[field]);

export const presetIds = Object.keys(presets) as PresetId[];

/** The cost model's setup of a choice. @throws RangeError where the device has no link for `tp`. */
export const setupOfChoice = (c: Choice): Setup =>
	setup({
		device: findDevice(c.gpu)!,
		model: findModel(c.model)!,
		weights: c.weights,
		kernels: c.kernels,
		tp: c.tp,
		context: c.context,
		batch: c.batch
	});

export interface Simulated {
	readonly runs: readonly NamedRun[];
	/** Sentences of the engine about what cannot be computed. */
	readonly refused: readonly { readonly decoder: RunDecoder; readonly why: string }[];
	/** Bytes needed and there, where it does not fit. */
	readonly tooLarge?: { readonly needed: number; readonly capacity: number };
}

/** Lays the runs of a choice out. Runs that cannot be computed are left out and told. */
export function simulate(
	c: Choice,
	name: (decoder: RunDecoder) => string,
	lengths?: readonly number[]
): Simulated {
	const runs: NamedRun[] = [];
	const refused: { decoder: RunDecoder; why: string }[] = [];
	let tooLarge: Simulated['tooLarge'];
	for (const decoder of c.decoders.slice(0, MOST_RUNS)) {
		try {
			const s = setupOfChoice(c);
			const fit = memoryFit(s);
			if (!fit.fits) tooLarge = { needed: fit.needed, capacity: fit.capacity };
			const acceptance: Acceptance =
				lengths && lengths.length > 0
					? { kind: 'recorded', lengths }
					: { kind: 'geometric', rate: c.rate, seed: c.seed };
			const timeline = layRun({
				decoder,
				setup: s,
				drafts: c.drafts,
				block: c.block,
				denoise: Math.min(c.denoise, c.block),
				acceptance,
				steps: c.tokens,
				tokens: c.tokens
			});
			runs.push({ name: name(decoder), timeline });
		} catch (error) {
			if (!(error instanceof RangeError)) throw error;
			refused.push({ decoder, why: error.message });
		}
	}
	return { runs, refused, ...(tooLarge ? { tooLarge } : {}) };
}
