import calibration from './parameters.json' with { type: 'json' };
import { busyOf, stepJoules } from './energy.ts';
import { memoryFit, type Fit } from './fits.ts';
import type { Setup } from './setup.ts';
import { ratesOf, timeOf, type KernelTime, type Parameters, type Rates } from './time.ts';
import { stepWork } from './step-work.ts';
import type { Bytes, Operator, StepWork, Work } from './work.ts';

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

/**
 * Where a time goes, in ms; the parts add up to it. A kernel's start and communication count as such; the rest of its
 * time goes to what it waits for, memory (shared among what it moves, by bytes) or compute.
 */
export type Parts = Readonly<Record<Part, number>>;
export const parts = [
	'weights',
	'kv',
	'activations',
	'compute',
	'launch',
	'communication'
] as const;
export type Part = (typeof parts)[number];

/** Sums over kernels: an operator's, or the whole step's. Bytes and FLOPs are one device's. */
export interface Cost {
	readonly ms: number;
	/** The same time by what it is spent on. */
	readonly parts: Parts;
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
	#parts = { weights: 0, kv: 0, activations: 0, compute: 0, launch: 0, communication: 0 };

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
		this.#parts.launch += count * t.start;
		this.#parts.communication += count * t.communication;
		const busy = count * (t.total - t.start - t.communication);
		const bytes = w.bytes.weights + w.bytes.kv + w.bytes.activations;
		if (t.compute > t.memory || bytes === 0) {
			this.#parts.compute += busy;
		} else {
			this.#parts.weights += (busy * w.bytes.weights) / bytes;
			this.#parts.kv += (busy * w.bytes.kv) / bytes;
			this.#parts.activations += (busy * w.bytes.activations) / bytes;
		}
	}

	/** Time in which the host could not keep up, when kernels are launched one by one. */
	late(us: number): void {
		this.us += us;
		this.start += us;
		this.#parts.launch += us;
	}

	cost(): Cost {
		const bytes = this.weights + this.kv + this.activations;
		const { weights, kv, activations, compute, launch, communication } = this.#parts;
		const waits: [Bound, number][] = [
			['memory', weights + kv + activations],
			['compute', compute],
			['launch', launch],
			['communication', communication]
		];
		return {
			ms: this.us * US,
			parts: {
				weights: weights * US,
				kv: kv * US,
				activations: activations * US,
				compute: compute * US,
				launch: launch * US,
				communication: communication * US
			},
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
	return workMs(s, stepWork(s), ratesOf(p, s));
}

/** Time in ms of work that was already listed, at given rates. */
export function workMs(s: Setup, work: StepWork, rates: Rates): number {
	const of = counts(s);
	let us = 0;
	const add = (kernels: readonly Work[], count: number) => {
		for (const kernel of kernels) us += count * timeOf(kernel, rates).total;
	};
	work.kinds.forEach((kernels, k) => add(kernels, of[k]!));
	add(work.tail, 1);
	return (us + (s.launch === 'single' ? hostDelay(s, work, rates, us) : 0)) * US;
}
