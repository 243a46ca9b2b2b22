import type { Device, Quantity } from './device.ts';
import { findDevice } from './devices.ts';

/** What describes an accelerator of one's own; units as in `Device`. */
export interface CustomNumbers {
	/** GB/s. */
	readonly bandwidth: number;
	/** GB. */
	readonly capacity: number;
	/** Dense TFLOP/s in 16 bits on matrix units, and in 32 bits on the others. */
	readonly bf16: number;
	readonly fp32: number;
	/** Dense TFLOP/s in 8 bits; 0: no units of its own. */
	readonly fp8: number;
	readonly cores: number;
	/** GB/s of one direction; 0: none. */
	readonly link: number;
	/** W; 0: unknown. */
	readonly power: number;
}

/** Limits of each number, wide enough for anything from a watch to a wafer. */
export const customLimits: Readonly<Record<keyof CustomNumbers, { min: number; max: number }>> = {
	bandwidth: { min: 1, max: 1e6 },
	capacity: { min: 0.1, max: 1e5 },
	bf16: { min: 0.01, max: 1e6 },
	fp32: { min: 0.01, max: 1e6 },
	fp8: { min: 0, max: 1e6 },
	cores: { min: 1, max: 1e5 },
	link: { min: 0, max: 1e5 },
	power: { min: 0, max: 1e5 }
};

const typed = (value: number): Quantity => ({ value, source: 'typed' });

/** A device by the reader's own numbers; launches cost what they do on the H100. */
export function customDevice(n: CustomNumbers, id = 'custom', name = 'Custom GPU'): Device {
	const { launch } = findDevice('h100-pcie')!;
	return {
		id,
		name,
		vendor: 'Custom',
		kind: 'datacenter',
		year: 0,
		bandwidth: typed(n.bandwidth),
		capacity: typed(n.capacity),
		rates: {
			fp32: typed(n.fp32),
			bf16: typed(n.bf16),
			...(n.fp8 ? { fp8: typed(n.fp8) } : {})
		},
		cores: typed(n.cores),
		...(n.link ? { link: typed(n.link) } : {}),
		launch,
		...(n.power ? { power: typed(n.power) } : {})
	};
}

/** The numbers that a custom device starts from: those of a device that is there. */
export const numbersOf = (d: Device): CustomNumbers => ({
	bandwidth: d.bandwidth.value,
	capacity: d.capacity.value,
	bf16: d.rates.bf16.value,
	fp32: d.rates.fp32.value,
	fp8: d.rates.fp8?.value ?? 0,
	cores: d.cores.value,
	link: d.link?.value ?? 0,
	power: d.power?.value ?? 0
});
