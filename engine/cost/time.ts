import { datasheetTFLOPs, findDevice, type Device } from '../hardware/index.ts';
import { kernelSets, type KernelSet } from './kernel-sets.ts';
import { weightFormats, type Setup } from './setup.ts';
import type { Work } from './work.ts';

/**
 * What calibration fits on an H100. Times in microseconds, rates in GB/s and TFLOP/s.
 * Only datasheet ratios change from one device to another; see `ratesOf`.
 */
export interface Parameters {
	/** Fixed cost of a GEMM, the gap to the next kernel included. */
	gemmFixed: number;
	/** Bandwidth at which weights stream. */
	bandwidth: number;
	/** Sustained rate of a large GEMM. */
	tflops: number;
	/** Corner between memory and compute: (m^p + c^p)^(1/p). */
	corner: number;
	/** Fixed cost of a small kernel, and picoseconds per element where index arithmetic rules. */
	smallFixed: number;
	gather: number;
	/** Split attention: fixed cost (its reduction included) and bandwidth of keys and values. */
	splitFixed: number;
	kvBandwidth: number;
	/** Attention without split: fixed cost, and time of a tile over 128 keys: head-independent part and the part per 128 elements of a head. */
	flashFixed: number;
	blockFixed: number;
	blockHead: number;
	/** Extra fixed cost of a GEMM over several experts. */
	groupedFixed: number;
	/** All-reduce: fixed cost between two devices, and GB/s of one direction. */
	linkFixed: number;
	linkBandwidth: number;
	/** What a short all-reduce costs less behind a GEMM than right behind another one. */
	linkHidden: number;
}

export const parameterNames = [
	'gemmFixed',
	'bandwidth',
	'tflops',
	'corner',
	'smallFixed',
	'gather',
	'splitFixed',
	'kvBandwidth',
	'flashFixed',
	'blockFixed',
	'blockHead',
	'groupedFixed',
	'linkFixed',
	'linkBandwidth',
	'linkHidden'
] as const satisfies readonly (keyof Parameters)[];

/** A kernel's time, taken apart; microseconds. `total` is what the step pays. */
export interface KernelTime {
	readonly total: number;
	readonly memory: number;
	readonly compute: number;
	/** Start and fixed cost. */
	readonly start: number;
	readonly communication: number;
	/** Share of the cores that have work. */
	readonly occupancy: number;
}

/** Rates that a kernel set reaches on a device: bytes and FLOPs per microsecond, costs in microseconds. */
export interface Rates {
	readonly gemmFixed: number;
	readonly smallFixed: number;
	readonly splitFixed: number;
	readonly flashFixed: number;
	readonly groupedFixed: number;
	readonly bytes: number;
	readonly kvBytes: number;
	readonly flops: number;
	readonly attentionFlops: number;
	readonly corner: number;
	readonly gather: number;
	readonly block: (headDim: number) => number;
	readonly cores: number;
	readonly linkFixed: number;
	readonly linkBytes: number;
	readonly linkHidden: number;
	readonly devices: number;
}

/** Extra latency of one more doubling of devices in an all-reduce: stated, not fitted (two NVLink hops of 0.75 us). */
const HOP = 1.5;

/** Bytes of the longest message that NCCL sends with flags: between 1 and 2 MiB its all-reduces take 9 us more at once. */
const FLAGGED = 2 ** 20;

const reference = ((): Device => {
	const h100 = findDevice('h100-sxm');
	if (!h100?.link) throw new Error('The calibration needs the H100 among the devices.');
	return h100;
})();

/**
 * Scales the H100's parameters to a setup's device: bandwidth by memory bandwidth, GEMMs by the
 * dense rate of their precision, attention tiles by the matrix rate of one core, index arithmetic
 * by the fp32 rate, all-reduce by the link. Fixed costs stay.
 */
export function ratesOf(p: Parameters, s: Setup): Rates {
	const { device } = s;
	const set: KernelSet = kernelSets[s.kernels];
	const { efficiency: e } = set;
	const memory = (device.bandwidth.value / reference.bandwidth.value) * e.bandwidth;
	const rated = (precision: 'bf16' | 'fp8' | 'fp4') =>
		e.units === 'fp32' ? device.rates.fp32.value : datasheetTFLOPs(device, precision);
	const scale = (precision: 'bf16' | 'fp8' | 'fp4') =>
		(rated(precision) / reference.rates.bf16.value) * e.compute;
	const perCore = scale('bf16') / (device.cores.value / reference.cores.value);
	const lanes = device.rates.fp32.value / reference.rates.fp32.value;
	const dispatch = set.start === 'webgpu' ? device.launch.webgpu.value : 0;
	const fixed = (value: number) => dispatch || value;
	return {
		gemmFixed: fixed(p.gemmFixed),
		smallFixed: fixed(p.smallFixed),
		splitFixed: fixed(p.splitFixed),
		flashFixed: fixed(p.flashFixed),
		groupedFixed: dispatch ? 0 : p.groupedFixed,
		bytes: p.bandwidth * memory * 1e3,
		kvBytes: p.kvBandwidth * memory * 1e3,
		flops: p.tflops * scale(weightFormats[s.weights].rate) * 1e6,
		attentionFlops: p.tflops * scale('bf16') * 1e6,
		corner: p.corner,
		gather: (p.gather * 1e-6) / lanes,
		block: (headDim) => (p.blockFixed + (p.blockHead * headDim) / 128) / perCore,
		cores: device.cores.value,
		linkFixed: p.linkFixed + HOP * (Math.log2(Math.max(2, s.tp)) - 1),
		linkBytes:
			p.linkBandwidth * ((device.link ?? reference.link!).value / reference.link!.value) * 1e3,
		linkHidden: p.linkHidden,
		devices: s.tp
	};
}

const corner = (a: number, b: number, p: number): number => {
	const large = Math.max(a, b);
	if (large === 0) return 0;
	return large * Math.pow(1 + Math.pow(Math.min(a, b) / large, p), 1 / p);
};

/** Times one kernel. The larger of memory and compute time rules, with a soft corner, after the start. */
export function timeOf(work: Work, r: Rates): KernelTime {
	const { shape } = work;
	const moved = work.bytes.weights + work.bytes.activations;
	switch (shape.kind) {
		case 'gemm': {
			const memory = moved / r.bytes;
			const compute = shape.padded / r.flops;
			const start = r.gemmFixed * work.launches + (shape.grouped ? r.groupedFixed : 0);
			return time(start, memory, compute, corner(memory, compute, r.corner), 1);
		}
		case 'small': {
			const memory = (moved + work.bytes.kv) / r.bytes;
			const busy = shape.gathered * r.gather;
			const lanes = (shape.gathered || moved / 4) / (r.cores * 2048);
			return time(r.smallFixed, memory, busy, Math.max(memory, busy), Math.min(1, lanes));
		}
		case 'split': {
			const memory = moved / r.bytes + work.bytes.kv / r.kvBytes;
			const compute = work.flops / r.attentionFlops;
			return time(
				r.splitFixed * work.launches,
				memory,
				compute,
				corner(memory, compute, r.corner),
				1
			);
		}
		case 'flash': {
			const memory = work.bytes.kv / r.kvBytes;
			const waves = Math.ceil(shape.tiles / r.cores);
			// Equal tiles run in whole waves; unequal ones (causal) fill the cores as they finish, but no sooner than
			// if all were as short as the shortest.
			const { walked, shortest, longest } = shape;
			const blocks = Math.max(longest, walked / r.cores, waves * shortest);
			const compute = blocks * r.block(shape.headDim);
			return time(
				r.flashFixed * work.launches,
				memory,
				compute,
				Math.max(memory, compute),
				shape.tiles / (waves * r.cores)
			);
		}
		case 'all-reduce': {
			// NCCL's two protocols: flags beside the data (half the bandwidth, one latency), for short messages
			// only, or whole buffers with a handshake (full bandwidth, twice the latency). Behind a GEMM a short
			// message finds the other device's last data taken; right behind another one it waits for that.
			const sent = ((2 * (r.devices - 1)) / r.devices) * shape.message;
			const hidden = shape.queued ? 0 : r.linkHidden;
			const flagged = Math.max(0, r.linkFixed - hidden) + (2 * sent) / r.linkBytes;
			const buffered = 2 * r.linkFixed + sent / r.linkBytes;
			const communication = shape.message <= FLAGGED ? Math.min(flagged, buffered) : buffered;
			return { total: communication, memory: 0, compute: 0, start: 0, communication, occupancy: 0 };
		}
	}
}

const time = (
	start: number,
	memory: number,
	compute: number,
	busy: number,
	occupancy: number
): KernelTime => ({ total: start + busy, memory, compute, start, communication: 0, occupancy });
