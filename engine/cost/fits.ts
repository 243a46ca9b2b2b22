import { devices, type Device } from '../hardware/index.ts';
import { cachedElements, parameters } from '../models/index.ts';
import {
	kvFormats,
	TENSOR_PARALLEL,
	weightFormats,
	type Setup,
	type WeightFormat
} from './setup.ts';

/** Memory that a setup needs on each device, in bytes, and what would make it fit. */
export interface Fit {
	readonly fits: boolean;
	readonly weights: number;
	readonly kv: number;
	readonly activations: number;
	readonly needed: number;
	readonly capacity: number;
	/** What would fit, best first; empty when it fits. */
	readonly remedies: readonly Remedy[];
}

/** A change that makes a setup fit. */
export type Remedy =
	/** Spread over more devices. */
	| { readonly kind: 'devices'; readonly count: number }
	/** Weights in fewer bits. */
	| { readonly kind: 'weights'; readonly format: WeightFormat }
	/** Keys and values in 8 bits. */
	| { readonly kind: 'kv' }
	| { readonly kind: 'batch'; readonly most: number }
	/** The smallest device with room enough. */
	| { readonly kind: 'device'; readonly device: Device }
	/** Nothing alone: so many devices at least, or less to keep. */
	| { readonly kind: 'smaller'; readonly count: number };

/** Bytes of keys and values that one sequence of `length` positions keeps on each device. */
export function kvBytesPerSequence(s: Setup, length: number): number {
	let elements = 0;
	for (const index of s.model.layers) {
		const { attention: a } = s.model.kinds[index]!;
		const kept = a.kind === 'gqa' && a.window ? Math.min(length, a.window) : length;
		const heads =
			a.kind === 'gqa'
				? 2 * Math.max(1, Math.ceil(a.kvHeads / s.tp)) * a.headDim
				: cachedElements(a);
		elements += kept * heads;
	}
	return (elements * kvFormats[s.kv]) / 8;
}

/** Bytes of all weights on each device, embedding included. */
export const weightBytes = (s: Setup): number =>
	(parameters(s.model).total * weightFormats[s.weights].bits) / 8 / s.tp;

function needs(s: Setup) {
	const rows = s.batch * s.slots;
	const weights = weightBytes(s);
	const kv = s.batch * kvBytesPerSequence(s, s.context + s.slots);
	const logits = ((s.phase === 'prefill' ? s.batch : rows) * s.model.vocab * 2) / s.tp;
	const activations = logits + 8 * rows * s.model.hidden * 2;
	return { weights, kv, activations, needed: weights + kv + activations };
}

/** Whether weights, keys and values, logits and activations fit each device's memory. */
export const fitsMemory = (s: Setup): boolean => needs(s).needed <= s.device.capacity.value * 1e9;

/** Weights, keys and values, logits and activations against the device's memory; decimal GB. */
export function memoryFit(s: Setup): Fit {
	const n = needs(s);
	const capacity = s.device.capacity.value * 1e9;
	const fits = n.needed <= capacity;
	return {
		...n,
		capacity,
		fits,
		// Looked for when asked: many set-ups are tried.
		get remedies() {
			return fits ? [] : remedies(s);
		}
	};
}

function remedies(s: Setup): Remedy[] {
	const found: Remedy[] = [];
	const wider =
		s.device.link && TENSOR_PARALLEL.find((tp) => tp > s.tp && fitsMemory({ ...s, tp }));
	if (wider) found.push({ kind: 'devices', count: wider });
	const lighter = (['fp8', 'int4'] as const).find(
		(weights) =>
			weightFormats[weights].bits < weightFormats[s.weights].bits && fitsMemory({ ...s, weights })
	);
	if (lighter) found.push({ kind: 'weights', format: lighter });
	if (s.kv === 'bf16' && fitsMemory({ ...s, kv: 'fp8' })) found.push({ kind: 'kv' });
	const [one, two] = [needs({ ...s, batch: 1 }).needed, needs({ ...s, batch: 2 }).needed];
	const batch = 1 + Math.floor((s.device.capacity.value * 1e9 - one) / (two - one));
	if (batch >= 1 && batch < s.batch) found.push({ kind: 'batch', most: batch });
	const larger = devices
		.filter((d) => d.capacity.value > s.device.capacity.value && (s.tp === 1 || d.link))
		.sort((a, b) => a.capacity.value - b.capacity.value)
		.find((device) => fitsMemory({ ...s, device }));
	if (larger) found.push({ kind: 'device', device: larger });
	if (found.length === 0) {
		const count = Math.ceil((needs(s).needed * s.tp) / (s.device.capacity.value * 1e9));
		found.push({ kind: 'smaller', count });
	}
	return found;
}
