import type { Device } from '../hardware/index.ts';
import type { Model } from '../models/index.ts';
import type { KernelSetId } from './kernel-sets.ts';

/** How weights are stored: bits an element, scales included, and the units that multiply them. */
export const weightFormats = {
	bf16: { bits: 16, rate: 'bf16', label: '16-bit (bf16)' },
	fp8: { bits: 8, rate: 'fp8', label: '8-bit (fp8, activations too)' },
	int8: { bits: 8.125, rate: 'bf16', label: '8-bit weights (int8, groups of 128)' },
	int4: { bits: 4.125, rate: 'bf16', label: '4-bit weights (int4, groups of 128)' },
	fp4: { bits: 4.25, rate: 'fp4', label: '4-bit (mxfp4, groups of 32)' }
} as const;
export type WeightFormat = keyof typeof weightFormats;

export const kvFormats = { bf16: 16, fp8: 8 } as const;
export type KvFormat = keyof typeof kvFormats;

export const TENSOR_PARALLEL = [1, 2, 4, 8] as const;

/** Everything that a step's cost depends on. */
export interface Setup {
	readonly device: Device;
	readonly model: Model;
	/** Token slots q of each sequence: 1 for plain decoding, k + k·k for TiDAR, the prompt for prefill. */
	readonly slots: number;
	/** Sequences B that share the step. */
	readonly batch: number;
	/** Positions n cached before the step, of each sequence. */
	readonly context: number;
	readonly weights: WeightFormat;
	readonly kv: KvFormat;
	/** Devices that share every matrix. */
	readonly tp: number;
	readonly kernels: KernelSetId;
	/** Decode computes logits at every slot; prefill is causal and computes them at the last one only. */
	readonly phase: 'decode' | 'prefill';
	/** Kernels replayed from a recorded graph, or launched one by one by the host. */
	readonly launch: 'graph' | 'single';
}

/** A setup with the usual defaults: one sequence, one slot, 1024 positions, 16 bits, one device. */
export function setup(choice: Pick<Setup, 'device' | 'model'> & Partial<Setup>): Setup {
	const full: Setup = {
		slots: 1,
		batch: 1,
		context: 1024,
		weights: 'bf16',
		kv: 'bf16',
		tp: 1,
		kernels: 'pytorch-fused',
		phase: 'decode',
		launch: 'graph',
		...choice
	};
	for (const [name, least, most] of [
		['slots', 1, 1e6],
		['batch', 1, 65536],
		['context', 0, 1e8]
	] as const) {
		const value = full[name];
		if (!Number.isInteger(value) || value < least || value > most) {
			throw new RangeError(
				`${name} must be a whole number from ${least} to ${most}, not ${value}.`
			);
		}
	}
	if (!(TENSOR_PARALLEL as readonly number[]).includes(full.tp)) {
		throw new RangeError(`tp must be 1, 2, 4 or 8, not ${full.tp}.`);
	}
	if (full.tp > 1 && !full.device.link) {
		throw new RangeError(`${full.device.name} has no published link; only --tp 1 can be computed.`);
	}
	return full;
}

/** Slots of a TiDAR step with k drafts: k drafts and a block of k masks behind each. */
export const tidarSlots = (k: number): number => k + k * k;
