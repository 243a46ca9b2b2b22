import { initial, type Choice } from '../simulate/choice.ts';
import { presets } from '../simulate/presets.ts';

/** Where somebody might run a model, from a data centre to a pocket: set-ups of the simulator. */
export const kitchens = {
	rack: presets.rack,
	h100: initial,
	desk: { ...initial, gpu: 'rtx-4090', weights: 'int4' },
	laptop: presets.laptop,
	phone: presets.phone
} as const satisfies Record<string, Choice>;
export type Kitchen = keyof typeof kitchens;
export const kitchenIds = Object.keys(kitchens) as Kitchen[];
