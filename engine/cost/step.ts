import calibration from './parameters.json' with { type: 'json' };
import { busyOf, stepJoules } from './energy.ts';
import { memoryFit, type Fit } from './fits.ts';
import { setup, type Setup } from './setup.ts';
import {
	parameterNames,
	ratesOf,
	timeOf,
	type KernelTime,
	type Parameters,
	type Rates
} from './time.ts';
import { stepWork, type Bytes, type Operator, type StepWork, type Work } from './work.ts';

/** The fitted parameters; see ACCURACY.md for their spread. */
export const fittedParameters: Parameters = calibration.values;

/** What most of a step's time waits for. */
export type Bound = 'memory' | 'compute' | 'launch' | 'communication';

/** One kernel of a step, in execution order, on one device. Times in ms. */
export interface Kernel {
	readonly name: string;
	readonly operator: Operator;
	/** 0-based; null after the last layer. */
	readonly layer: number | null;
	readonly bytes: Bytes;
	readonly flops: number;
	/** Start relative to the step's start, and duration, launch overhead included. */
	readonly startMs: number;
	readonly ms: number;
	/** Overhead before data moves, then the time that memory and compute are busy; they overlap. */
	readonly launchMs: number;
	readonly memoryMs: number;
	readonly computeMs: number;
	readonly communicationMs: number;
	/** Share of the cores that have work, 0..1. */
	readonly occupancy: number;
}

/** Sums over kernels: an operator's, or the whole step's. Bytes and FLOPs are one device's. */
export interface Cost {
	readonly ms: number;
	readonly memoryMs: number;
	readonly computeMs: number;
	readonly launchMs: number;
	readonly communicationMs: number;
	/** Bytes to and from device memory, in all and by kind. */
	readonly bytes: number;
	readonly bytesBy: Bytes;
	readonly flops: number;
	/** FLOP per byte. */
	readonly intensity: number;
	readonly bound: Bound;
	readonly launches: number;
}

export interface OperatorCost extends Cost {
	readonly operator: Operator;
}

export interface StepCost extends Cost {
	readonly operators: readonly OperatorCost[];
	readonly fits: boolean;
	readonly fit: Fit;
	/** Joules of all devices over the step, where the power limit is public. */
	readonly joules: number | null;
	/** 1 - FLOPs / (datasheet bf16 rate x step time): how much of the matrix units' time is not used. */
	readonly idleCompute: number;
}

const US = 1e-3;

class Sum {
	us = 0;
	memory = 0;
	compute = 0;
	start = 0;
	communication = 0;
	weights = 0;
	kv = 0;
	activations = 0;
	flops = 0;
	launches = 0;
	#waits = { memory: 0, compute: 0, launch: 0, communication: 0 };

	add(w: Work, t: KernelTime, count: number): void {
		this.us += count * t.total;
		this.memory += count * t.memory;
		this.compute += count * t.compute;
		this.start += count * t.start;
		this.communication += count * t.communication;
		this.weights += count * w.bytes.weights;
		this.kv += count * w.bytes.kv;
		this.activations += count * w.bytes.activations;
		this.flops += count * w.flops;
		this.launches += count * w.launches;
		this.#waits.launch += count * t.start;
		this.#waits.communication += count * t.communication;
		const busy = count * (t.total - t.start - t.communication);
		this.#waits[t.memory >= t.compute ? 'memory' : 'compute'] += busy;
	}

	/** Time in which the host could not keep up, when kernels are launched one by one. */
	late(us: number): void {
		this.us += us;
		this.start += us;
		this.#waits.launch += us;
	}

	cost(): Cost {
		const bytes = this.weights + this.kv + this.activations;
		const waits = Object.entries(this.#waits) as [Bound, number][];
		return {
			ms: this.us * US,
			memoryMs: this.memory * US,
			computeMs: this.compute * US,
			launchMs: this.start * US,
			communicationMs: this.communication * US,
			bytes,
			bytesBy: { weights: this.weights, kv: this.kv, activations: this.activations },
			flops: this.flops,
			intensity: bytes ? this.flops / bytes : 0,
			bound: waits.reduce((a, b) => (b[1] > a[1] ? b : a))[0],
			launches: this.launches
		};
	}
}

/** Layers of each kind. */
const counts = (s: Setup): number[] => {
	const of = s.model.kinds.map(() => 0);
	for (const kind of s.model.layers) of[kind] = of[kind]! + 1;
	return of;
};

/**
 * Time, bytes, FLOPs and what they wait for, of one forward pass: the sum over its kernels of the
 * larger of memory and compute time, plus launches.
 */
export function stepCost(s: Setup, p: Parameters = fittedParameters): StepCost {
	const rates = ratesOf(p, s);
	const work = stepWork(s);
	const step = new Sum();
	const operators = new Map<Operator, Sum>();
	const add = (kernels: readonly Work[], count: number) => {
		for (const kernel of kernels) {
			const t = timeOf(kernel, rates);
			step.add(kernel, t, count);
			let sum = operators.get(kernel.operator);
			if (!sum) operators.set(kernel.operator, (sum = new Sum()));
			sum.add(kernel, t, count);
		}
	};
	const of = counts(s);
	work.kinds.forEach((kernels, k) => add(kernels, of[k]!));
	add(work.tail, 1);
	if (s.launch === 'single') step.late(hostDelay(s, work, rates, step.us));
	const fit = memoryFit(s);
	const cost = step.cost();
	return {
		...cost,
		operators: [...operators].map(([operator, sum]) => ({ operator, ...sum.cost() })),
		fits: fit.fits,
		fit,
		joules: joules(s, cost),
		idleCompute: 1 - Math.min(1, cost.flops / (s.device.rates.bf16.value * 1e9 * cost.ms))
	};
}

function joules(s: Setup, cost: Cost): number | null {
	const watts = s.device.power?.value;
	if (!watts) return null;
	return s.tp * stepJoules(busyOf(s, cost.ms, cost.bytes, cost.flops), watts, calibration.energy);
}

/**
 * How much longer a step takes when the host launches each kernel: a kernel starts when its
 * predecessor has ended and its launch has arrived, whichever is later.
 */
function hostDelay(s: Setup, work: StepWork, rates: Rates, graphUs: number): number {
	const each = s.device.launch.single.value;
	let [issued, free] = [0, 0];
	const run = (kernels: readonly { us: number; launches: number }[]) => {
		for (const k of kernels) {
			issued += each * k.launches;
			free = Math.max(free, issued) + k.us;
		}
	};
	const timed = (kernels: readonly Work[]) =>
		kernels.map((k) => ({ us: timeOf(k, rates).total, launches: k.launches }));
	const kinds = work.kinds.map(timed);
	for (const kind of s.model.layers) run(kinds[kind]!);
	run(timed(work.tail));
	return Math.max(0, free - graphUs);
}

/**
 * The kernels of a step on one device, in execution order, each with its start.
 * With single launches a kernel also waits for the host.
 */
export function stepKernels(s: Setup, p: Parameters = fittedParameters): Kernel[] {
	const rates = ratesOf(p, s);
	const work = stepWork(s);
	const timed = (list: readonly Work[]) => list.map((w) => [w, timeOf(w, rates)] as const);
	const kinds = work.kinds.map(timed);
	const each = s.launch === 'single' ? s.device.launch.single.value : 0;
	const kernels: Kernel[] = [];
	let [issued, free] = [0, 0];
	const run = (list: ReturnType<typeof timed>, layer: number | null) => {
		for (const [w, t] of list) {
			issued += each * w.launches;
			const start = Math.max(free, issued);
			free = start + t.total;
			kernels.push({
				name: w.name,
				operator: w.operator,
				layer,
				bytes: w.bytes,
				flops: w.flops,
				startMs: start * US,
				ms: t.total * US,
				launchMs: t.start * US,
				memoryMs: t.memory * US,
				computeMs: t.compute * US,
				communicationMs: t.communication * US,
				occupancy: t.occupancy
			});
		}
	};
	s.model.layers.forEach((kind, layer) => run(kinds[kind]!, layer));
	run(timed(work.tail), null);
	return kernels;
}

/** Only the time of a step, in ms: what sweeps and simulations call most. */
export function stepMs(s: Setup, p: Parameters = fittedParameters): number {
	return workMs(s, stepWork(s), p);
}

function workMs(s: Setup, work: StepWork, p: Parameters): number {
	const rates = ratesOf(p, s);
	const of = counts(s);
	let us = 0;
	const add = (kernels: readonly Work[], count: number) => {
		for (const kernel of kernels) us += count * timeOf(kernel, rates).total;
	};
	work.kinds.forEach((kernels, k) => add(kernels, of[k]!));
	add(work.tail, 1);
	return (us + (s.launch === 'single' ? hostDelay(s, work, rates, us) : 0)) * US;
}

/** A 90 % band around a step's time, in ms. */
export interface Band {
	readonly low: number;
	readonly high: number;
	/** True where no step was ever measured on this device with these kernels: the band is twice as wide. */
	readonly extrapolated: boolean;
}

const draws: Parameters[] = calibration.draws.map(
	(d) => Object.fromEntries(parameterNames.map((name, i) => [name, d[i]])) as unknown as Parameters
);
const checkedDevices = new Set(['h100-sxm', 'h200']);

/**
 * The band from the parameters' spread over bootstrap resamples and from the error that was seen on
 * what was never fitted (its 95th percentile), added in squares.
 */
export function stepBand(s: Setup): Band {
	const work = stepWork(s);
	const ms = workMs(s, work, fittedParameters);
	const logs = draws.map((d) => Math.log(workMs(s, work, d) / ms));
	const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
	const variance = logs.reduce((a, b) => a + (b - mean) ** 2, 0) / (logs.length - 1);
	const extrapolated =
		!checkedDevices.has(s.device.id) ||
		s.kernels !== 'pytorch-fused' ||
		s.launch === 'single' ||
		s.weights !== 'bf16' ||
		s.phase === 'prefill';
	const half =
		Math.sqrt(1.645 ** 2 * variance + calibration.residual ** 2) * (extrapolated ? 2 : 1);
	return { low: ms * Math.exp(-half), high: ms * Math.exp(half), extrapolated };
}

/** A quantity that a sweep varies. */
export type Axis = 'slots' | 'batch' | 'context';

/** One point of a sweep. */
export interface SweepPoint extends Cost {
	readonly value: number;
	/** Time over the time of the same setup with one slot. */
	readonly ratio: number;
	readonly zone: Zone;
	readonly fits: boolean;
}
export type Zone = 'free' | 'cheap' | 'paid';

/** Free up to 10 % more than a one-slot step, cheap up to 50 %, paid beyond. */
export const zoneOf = (ratio: number): Zone =>
	ratio <= 1.1 ? 'free' : ratio <= 1.5 ? 'cheap' : 'paid';

/** Slots at which the paper's Figure 1 and the measurements are drawn. */
export const SLOT_AXIS = [
	1, 2, 4, 8, 16, 20, 32, 48, 64, 72, 96, 128, 160, 192, 256, 272, 384, 512, 768, 1024
] as const;

/** Costs of a setup along one axis. */
export function sweep(s: Setup, axis: Axis, values: readonly number[]): SweepPoint[] {
	return values.map((value) => {
		const at = setup({ ...s, [axis]: value });
		const cost = stepCost(at);
		const ratio = cost.ms / stepMs({ ...at, slots: 1 });
		return { ...cost, value, ratio, zone: zoneOf(ratio) };
	});
}

/** The largest number of slots, up to `most`, whose step still costs at most `ratio` one-slot steps. */
export function slotsWithin(s: Setup, ratio: number, most = 4096): number {
	const one = stepMs({ ...s, slots: 1 });
	let [low, high] = [1, most];
	if (stepMs({ ...s, slots: most }) <= ratio * one) return most;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (stepMs({ ...s, slots: middle }) <= ratio * one) low = middle;
		else high = middle;
	}
	return low;
}
