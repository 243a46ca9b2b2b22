import { bestShape, type ShapeChoice } from '../../../engine/decode/bestShape.ts';
import { findDevice, devices, type Device } from '../../../engine/hardware/index.ts';
import { findModel, parameters } from '../../../engine/models/index.ts';
import type { Measurement } from './result.ts';

/** Slots whose cost is told first: TiDAR's step with 4 drafts. */
const USUAL = 20;

/** What sets the pace of a pass of one slot. */
export type Pace =
	/** Reading the weights takes at least half of it. */
	| 'memory'
	/** The device works less than half of it: preparing commands and reading back take the rest. */
	| 'host'
	/** Many small kernels, one after the other. */
	| 'launches'
	/** The processor computes nearly as fast as it reads. */
	| 'arithmetic';

/** What a measurement of slots says. */
export interface Finding {
	/** Milliseconds of one slot, and of the number of slots that is told first. */
	readonly one: number;
	readonly slots: number;
	readonly many: number;
	/** many / one. */
	readonly ratio: number;
	readonly zone: 'free' | 'cheap' | 'paid';
	/** The most slots that cost at most 10 % and 50 % more than one, between measured ones by interpolation. */
	readonly free: number;
	readonly cheap: number;
	/** All measured slots are free, or cheap: there may be more. */
	readonly allFree: boolean;
	readonly allCheap: boolean;
	readonly most: number;
	readonly pace: Pace;
	/** Milliseconds that reading the weights takes at the bandwidth of a copy. */
	readonly memory?: number;
	/** TFLOP/s that additional slots are computed with, at 2 FLOP a weight. */
	readonly slope?: number;
	/** The fastest k, where enough was measured. */
	readonly shape?: ShapeChoice;
}

/** The model whose weights are known, and how many a slot is multiplied with: 2 FLOP each. */
const MODEL = 'tidar-smollm2-135m';
const WEIGHTS = parameters(findModel('smollm2-135m')!).active;

/** Reads a measurement; undefined where fewer than two numbers of slots were timed, one slot among them. */
export function find(measurement: Measurement): Finding | undefined {
	const { slots: times, micro, model, machine, yields } = measurement;
	const first = times.find(({ slots }) => slots === 1);
	const others = times.filter(({ slots }) => slots > 1);
	if (!first || others.length === 0) return undefined;
	const one = first.median;
	const told = others.find(({ slots }) => slots === USUAL) ?? others[0]!;
	const ratio = told.median / one;
	const last = others.at(-1)!;
	const [free, cheap] = [within(times, one, 1.1), within(times, one, 1.5)];
	const memory = model && micro.copy ? model.bytes / (micro.copy.median * 1e6) : undefined;
	const rise = (last.median - one) / (last.slots - 1);
	// One draft is one token a pass, as without drafts: what its time seems to gain is noise.
	const steps = others.filter(({ k }) => k > 1).map(({ k, median }) => ({ k, ms: median }));
	return {
		one,
		slots: told.slots,
		many: told.median,
		ratio,
		zone: ratio <= 1.1 ? 'free' : ratio <= 1.5 ? 'cheap' : 'paid',
		free,
		cheap,
		allFree: free === last.slots,
		allCheap: cheap === last.slots,
		most: last.slots,
		pace: paceOf(machine, one, ratio, first.gpu, memory),
		...(memory !== undefined && { memory }),
		...(rise > 0 && model?.name === MODEL && { slope: (2 * WEIGHTS) / rise / 1e9 }),
		...(steps.length >= 2 && { shape: bestShape(one, steps, yields ?? null) })
	};
}

function paceOf(
	{ backend, software }: Measurement['machine'],
	one: number,
	ratio: number,
	gpu: number | undefined,
	memory: number | undefined
): Pace {
	if (memory !== undefined && memory >= one / 2) return 'memory';
	if (backend === 'wasm' || software || ratio > 1.5) return 'arithmetic';
	return gpu !== undefined && gpu < one / 2 ? 'host' : 'launches';
}

/** The most slots whose time is at most `factor` times that of one; counted until the first that is beyond. */
function within(times: Measurement['slots'], one: number, factor: number): number {
	let [before, at] = [1, one];
	for (const { slots, median } of times) {
		if (median > factor * one) {
			const share = (factor * one - at) / (median - at);
			return Math.max(1, Math.floor(before + share * (slots - before)));
		}
		[before, at] = [slots, median];
	}
	return before;
}

/** Devices by what browsers call their makers and generations. */
const makers: readonly (readonly [RegExp, Device['vendor']])[] = [
	[/nvidia|geforce|\brtx\b/i, 'NVIDIA'],
	[/apple|metal/i, 'Apple'],
	[/\bamd\b|radeon/i, 'AMD'],
	[/intel/i, 'Intel'],
	[/qualcomm|adreno/i, 'Qualcomm']
];
const generations: readonly (readonly [RegExp, string])[] = [
	[/hopper/i, 'h100-sxm'],
	[/ampere/i, 'rtx-3090'],
	[/lovelace|\bada\b/i, 'rtx-4090'],
	[/blackwell/i, 'rtx-5090']
];

/** The part of a device's bandwidth that a copy reaches: 2432 of 3350 GB/s were measured on an H100. */
const COPY_SHARE = 2432 / 3350;

/**
 * The device of the simulator that is most like this one: of the same maker, of the generation that the browser tells,
 * else the nearest in bandwidth. Undefined for processors and makers that it does not have.
 */
export function nearestDevice({
	machine,
	micro
}: Pick<Measurement, 'machine' | 'micro'>): Device | undefined {
	if (machine.backend === 'wasm' || machine.software) return undefined;
	const said = [machine.name, machine.vendor, machine.architecture].join(' ');
	const vendor = makers.find(([pattern]) => pattern.test(said))?.[1];
	if (!vendor) return undefined;
	const known = generations.find(([pattern]) => pattern.test(said))?.[1];
	if (vendor === 'NVIDIA' && known) return findDevice(known);
	const bandwidth = (micro.copy?.median ?? 0) / COPY_SHARE;
	const distance = (device: Device) => Math.abs(Math.log(device.bandwidth.value / bandwidth));
	return devices
		.filter((device) => device.vendor === vendor && device.kind !== 'sram')
		.sort((a, b) => distance(a) - distance(b))[0];
}
