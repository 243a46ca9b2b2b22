/** What a run of a decoder depends on, beside the model and the prompt. */
export interface Settings {
	readonly decoder: DecoderName;
	/** Drafts a step and masks a block, 1 .. 16. */
	readonly k: number;
	/** Weight of the AR half in the first draft: 1 is 'trust AR', 0 'trust diffusion'. */
	readonly beta: number;
	/** 0 is greedy. */
	readonly temperature: number;
	/** Smallest probability mass that sampling draws from; 1 is all of it. */
	readonly topP: number;
	readonly seed: number;
	/** Tokens of the answer at most. */
	readonly maxTokens: number;
}

export const decoderNames = ['ar', 'tidar'] as const;
export type DecoderName = (typeof decoderNames)[number];

export const defaults: Settings = {
	decoder: 'tidar',
	k: 8,
	beta: 1,
	temperature: 0,
	topP: 1,
	seed: 1,
	maxTokens: 256
};
