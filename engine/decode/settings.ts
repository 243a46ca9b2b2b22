import * as v from 'valibot';

export const decoderNames = ['ar', 'tidar'] as const;
export type DecoderName = (typeof decoderNames)[number];

const between = (what: string, low: number, high: number) => {
	const message = `${what} must be a number from ${low} to ${high}`;
	return v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message));
};
const whole = (what: string, low: number, high: number) =>
	v.pipe(
		between(what, low, high),
		v.integer(`${what} must be a whole number from ${low} to ${high}`)
	);

/** The settings and their limits; what is absent takes its default. */
export const settingsSchema = v.object({
	decoder: v.optional(
		v.picklist(decoderNames, `decoder must be one of ${decoderNames.join(', ')}`),
		'tidar'
	),
	/** Drafts a step and masks a block. */
	k: v.optional(whole('k', 1, 16), 8),
	/** Weight of the AR half in the first draft: 1 is 'trust AR', 0 'trust diffusion'. */
	beta: v.optional(between('beta', 0, 1), 1),
	/** 0 is greedy. */
	temperature: v.optional(between('temperature', 0, 5), 0),
	/** Smallest probability mass that sampling draws from; 1 is all of it. */
	topP: v.optional(between('topP', 0.01, 1), 1),
	seed: v.optional(whole('seed', 0, 2 ** 31 - 1), 1),
	/** Tokens of the answer at most. */
	maxTokens: v.optional(whole('maxTokens', 1, 2048), 256)
});

/** What a run of a decoder depends on, beside the model and the prompt. */
export type Settings = Readonly<v.InferOutput<typeof settingsSchema>>;

export const defaults: Settings = v.parse(settingsSchema, {});
