import type { SourceId } from './sources.ts';

/** A number and where it comes from. */
export interface Quantity {
	readonly value: number;
	readonly source: SourceId;
}

/** Precisions with a datasheet rate of their own. bf16 stands for fp16 as well. */
export type Precision = 'fp32' | 'bf16' | 'fp8' | 'int8' | 'fp4';

/**
 * One accelerator, as its datasheet describes it.
 * Datasheet values only: what a kernel achieves is the cost model's business, and what was
 * measured on the device stands apart in `measured`.
 */
export interface Device {
	readonly id: string;
	readonly name: string;
	readonly vendor: 'NVIDIA' | 'AMD' | 'Google' | 'Apple' | 'Intel' | 'Qualcomm' | 'Groq' | 'Custom';
	readonly kind: 'datacenter' | 'desktop' | 'laptop' | 'phone' | 'sram';
	/** Of its launch; 0 for a custom one. */
	readonly year: number;
	/** GB/s, decimal. */
	readonly bandwidth: Quantity;
	/** GB, decimal; unified memory is counted whole. */
	readonly capacity: Quantity;
	/** Dense TFLOP/s (TOP/s for int8), accumulating in fp32 (int32); no sparsity. */
	readonly rates: Readonly<
		Partial<Record<Precision, Quantity>> & { fp32: Quantity; bf16: Quantity }
	>;
	/** MB of last-level on-chip cache that all cores share. */
	readonly l2?: Quantity;
	/** Streaming multiprocessors, compute units, GPU cores or tensor cores: what one thread block runs on. */
	readonly cores: Quantity;
	/** GB/s to the other devices of the host, in one direction. */
	readonly link?: Quantity;
	/** Microseconds from the start of an empty kernel to the start of the next. */
	readonly launch: {
		/** Replayed from a recorded graph. */
		readonly graph: Quantity;
		/** Launched one by one by the host. */
		readonly single: Quantity;
		/** One WebGPU dispatch in a browser. */
		readonly webgpu: Quantity;
	};
	/** W, board or package. */
	readonly power?: Quantity;
	/** USD at launch for one device, or for the machine around it (see the source). */
	readonly price?: Quantity;
	/** USD per device and hour, on demand. */
	readonly rent?: Quantity;
	/** Rates reached on the device by a plain read and by one large matrix product. */
	readonly measured?: { readonly readGBps: Quantity; readonly gemmTFLOPs: Quantity };
}

/** Units that run a precision where it has none of its own, best first. */
const wider: Record<Precision, readonly Precision[]> = {
	fp4: ['fp8', 'bf16'],
	fp8: ['bf16'],
	int8: ['bf16'],
	bf16: [],
	fp32: []
};

/** Dense datasheet rate of a precision in TFLOP/s; one without units of its own runs in the next wider. */
export function datasheetTFLOPs(device: Device, precision: Precision): number {
	const found = [precision, ...wider[precision]].find((p) => device.rates[p]);
	return device.rates[found ?? 'bf16']!.value;
}
