import { initial, type Choice } from './choice.ts';

/** Set-ups worth a click, by id; the words are in the messages. */
export const presets = {
	article: { ...initial, model: 'article-70b' },
	paper: { ...initial, model: 'qwen3-32b', slots: 72 },
	laptop: { ...initial, gpu: 'apple-m4', weights: 'int4', kernels: 'ideal' },
	phone: {
		...initial,
		gpu: 'snapdragon-8-elite',
		model: 'qwen2.5-1.5b',
		weights: 'int4',
		kernels: 'ideal'
	},
	browser: { ...initial, gpu: 'apple-m2', model: 'smollm2-135m', kernels: 'browser' },
	rack: { ...initial, gpu: 'b200', model: 'llama-3.1-405b', tp: 8 }
} as const satisfies Record<string, Choice>;
export type PresetId = keyof typeof presets;
export const presetIds = Object.keys(presets) as PresetId[];
