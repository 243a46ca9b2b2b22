import {
	kernelSets,
	kvFormats,
	setup,
	TENSOR_PARALLEL,
	tidarSlots,
	weightFormats,
	type KernelSetId,
	type KvFormat,
	type Setup,
	type WeightFormat
} from '$engine/cost/index.ts';
import { tidarTokens } from '$engine/cost/claims.ts';
import { customDevice, findDevice, type CustomNumbers } from '$engine/hardware/index.ts';
import { findModel, fromConfig } from '$engine/models/index.ts';

/** The id of a GPU or a model of the reader's own. */
export const CUSTOM = 'custom';

/** One set-up as a link holds it: ids and numbers. `setupOf` turns it into what the cost model takes. */
export interface Choice {
	readonly gpu: string;
	/** The GPU's numbers, where `gpu` is 'custom'. */
	readonly numbers?: CustomNumbers;
	readonly model: string;
	/** The model's config.json, short, where `model` is 'custom'. */
	readonly config?: string;
	readonly slots: number;
	readonly batch: number;
	readonly context: number;
	readonly weights: WeightFormat;
	readonly kv: KvFormat;
	readonly tp: number;
	readonly kernels: KernelSetId;
	readonly launch: Setup['launch'];
	readonly phase: Setup['phase'];
}

export const initial: Choice = {
	gpu: 'h100-sxm',
	model: 'qwen3-8b',
	slots: 1,
	batch: 1,
	context: 1024,
	weights: 'bf16',
	kv: 'bf16',
	tp: 1,
	kernels: 'pytorch-fused',
	launch: 'graph',
	phase: 'decode'
};

const keys = <T extends string>(of: Record<T, unknown>) => Object.keys(of) as T[];
/** What each field that is chosen from a list may be. */
export const options = {
	weights: keys(weightFormats),
	kv: keys(kvFormats),
	tp: TENSOR_PARALLEL,
	kernels: keys(kernelSets),
	launch: ['graph', 'single'],
	phase: ['decode', 'prefill']
} as const;

/** The least and the most of each number. */
export const limits = {
	slots: { min: 1, max: 16384 },
	batch: { min: 1, max: 4096 },
	context: { min: 0, max: 1048576 }
} as const;

/** The set-up that a choice means. @throws where a choice was not read by `readScene` and is out of range. */
export function setupOf(c: Choice): Setup {
	const device = c.gpu === CUSTOM ? c.numbers && customDevice(c.numbers) : findDevice(c.gpu);
	const model = c.model === CUSTOM ? c.config && fromConfig(c.config) : findModel(c.model);
	if (!device || !model) throw new RangeError(`No set-up has '${c.gpu}' and '${c.model}'.`);
	const { slots, batch, context, weights, kv, kernels, launch, phase } = c;
	const tp = device.link ? c.tp : 1;
	return setup({
		device,
		model,
		slots,
		batch,
		context,
		weights,
		kv,
		tp,
		kernels,
		launch,
		phase
	});
}

/** TiDAR's number of drafts k where a step has k + k·k slots, or undefined. */
export function draftsOf(slots: number): number | undefined {
	const k = Math.round((Math.sqrt(1 + 4 * slots) - 1) / 2);
	return slots > 1 && tidarSlots(k) === slots ? k : undefined;
}

/**
 * Tokens that a step adds to a sequence: one, or TiDAR's mean accepted length where the slots are a TiDAR step's and
 * drafts are accepted with probability `acceptance`. Slots of other numbers count one.
 */
export function tokensOf({ slots }: Pick<Choice, 'slots'>, acceptance: number): number {
	const k = draftsOf(slots);
	return k === undefined ? 1 : tidarTokens(acceptance, k);
}

/**
 * The query of /timeline that draws runs of this set-up: AR and, with as many drafts as its slots hold, TiDAR. Undefined
 * for GPUs and models of the reader's own, which that page does not know. `find` marks an operator, and `ms` shows only
 * that much of the beginning.
 */
export function timelineQuery(
	c: Choice,
	look?: { readonly find: string; readonly ms: number }
): string | undefined {
	if (c.gpu === CUSTOM || c.model === CUSTOM) return undefined;
	const drafts = Math.floor((Math.sqrt(1 + 4 * c.slots) - 1) / 2);
	return new URLSearchParams({
		gpu: c.gpu,
		model: c.model,
		w: c.weights,
		kernels: c.kernels,
		tp: String(c.tp),
		ctx: String(Math.min(131_072, c.context)),
		batch: String(Math.min(256, c.batch)),
		...(drafts > 0 && { k: String(Math.min(16, drafts)) }),
		...(look && { find: look.find, t: `0-${Math.ceil(look.ms * 1e3)}` })
	}).toString();
}
