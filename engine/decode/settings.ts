import * as v from 'valibot';

export const decoderNames = [
	'ar',
	'speculative',
	'eagle3',
	'lookup',
	'llada',
	'dream',
	'block',
	'tidar',
	'tidar-tree'
] as const;
export type DecoderName = (typeof decoderNames)[number];

/** In which order Dream fills its canvas (see dream.ts). */
export const orders = ['entropy', 'maskgit_plus', 'topk_margin', 'origin'] as const;
export type Order = (typeof orders)[number];

const between = (what: string, low: number, high: number) => {
	const message = `${what} must be a number from ${low} to ${high}`;
	return v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message));
};
const whole = (what: string, low: number, high: number) =>
	v.pipe(
		between(what, low, high),
		v.integer(`${what} must be a whole number from ${low} to ${high}`)
	);

/**
 * The settings and their limits; what is absent takes its default, so a session or link that was made before a
 * setting existed stays valid. A decoder reads its own settings and passes over the others'.
 */
export const settingsSchema = v.object({
	decoder: v.optional(
		v.picklist(decoderNames, `decoder must be one of ${decoderNames.join(', ')}`),
		'tidar'
	),
	/** tidar: drafts a step and masks a block. tidar-tree, block: masks a block. */
	k: v.optional(whole('k', 1, 16), 8),
	/** tidar: weight of the AR half in the first draft: 1 is 'trust AR', 0 'trust diffusion'. */
	beta: v.optional(between('beta', 0, 1), 1),
	/** tidar-tree: slots of a step at most, candidates and masks together. */
	slots: v.optional(whole('slots', 2, 512), 72),
	/** speculative, eagle3, lookup: drafted tokens a round at most. */
	gamma: v.optional(whole('gamma', 1, 16), 4),
	/** llada: tokens of a semi-autoregressive block. */
	block: v.optional(whole('block', 1, 2048), 32),
	/** llada, dream: tokens unmasked in a pass; block: at least. */
	perPass: v.optional(whole('perPass', 1, 64), 1),
	/** dream: in which order the canvas is filled. */
	order: v.optional(v.picklist(orders, `order must be one of ${orders.join(', ')}`), 'entropy'),
	/** block: masks at least this probable are filled in one pass, and always the `perPass` likeliest ones. */
	threshold: v.optional(between('threshold', 0, 1), 0.9),
	/** 0 is greedy. */
	temperature: v.optional(between('temperature', 0, 5), 0),
	/** Smallest probability mass that sampling draws from; 1 is all of it. */
	topP: v.optional(between('topP', 0.01, 1), 1),
	seed: v.optional(whole('seed', 0, 2 ** 31 - 1), 1),
	/** Tokens of the answer at most; llada, dream: length of the canvas. */
	maxTokens: v.optional(whole('maxTokens', 1, 2048), 256)
});

/** What a run of a decoder depends on, beside the model and the prompt. */
export type Settings = Readonly<v.InferOutput<typeof settingsSchema>>;

export const defaults: Settings = v.parse(settingsSchema, {});
