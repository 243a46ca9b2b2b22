import * as v from 'valibot';
import { setup, stepKernels, type Setup } from '../cost/index.ts';
import { findDevice } from '../hardware/index.ts';
import { findModel } from '../models/index.ts';
import { nameKernels, type NamedKernel } from './kernels.ts';
import { kindCode, operatorCode, type Lane } from './lanes.ts';
import { peakOf } from './run.ts';
import { Labels, NO_LAYER, NOTHING, SliceWriter, type Timeline } from './slices.ts';

/** Nanoseconds of the unit in which recordings count. */
const UNIT = 10;
const US = 1e-3;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e12));

/** The kernels of one decode step, as a profiler saw them, in the form that the site ships. */
export const recordingSchema = v.pipe(
	v.object({
		version: v.literal(1),
		/** Ids of the catalogues of models and devices. */
		model: v.string(),
		device: v.string(),
		slots: v.pipe(whole, v.minValue(1)),
		context: whole,
		/** The device's own name, and the software. */
		measuredOn: v.string(),
		method: v.string(),
		names: v.array(v.string()),
		/** Three numbers a kernel: name, gap since the end of the kernel before, length; in 10 ns. */
		kernels: v.array(whole)
	}),
	v.check(
		({ kernels, names }) =>
			kernels.length % 3 === 0 && kernels.every((n, i) => i % 3 !== 0 || n < names.length),
		'kernels must be triples of an existing name, a gap and a length.'
	)
);
export type Recording = v.InferOutput<typeof recordingSchema>;

/** One recorded kernel; µs. */
export interface RecordedKernel extends NamedKernel {
	readonly name: string;
	readonly startUs: number;
	readonly us: number;
}

/** Packs kernels (name, start µs, length µs) in order of start; a start before the last end becomes a gap of 0. */
export function packKernels(
	kernels: readonly (readonly [name: string, startUs: number, us: number])[]
): Pick<Recording, 'names' | 'kernels'> {
	const names: string[] = [];
	const packed: number[] = [];
	let end = 0;
	for (const [name, startUs, us] of kernels) {
		let number = names.indexOf(name);
		if (number < 0) number = names.push(name) - 1;
		const start = Math.max(end, Math.round((startUs * 1000) / UNIT));
		const length = Math.round((us * 1000) / UNIT);
		packed.push(number, start - end, length);
		end = start + length;
	}
	return { names, kernels: packed };
}

/** The kernels of a recording, each with its operator and layer. */
export function unpackKernels({ names, kernels }: Recording): RecordedKernel[] {
	const count = kernels.length / 3;
	const named = nameKernels(Array.from({ length: count }, (_, i) => names[kernels[3 * i]!] ?? ''));
	let end = 0;
	return named.map((n, i) => {
		const start = end + kernels[3 * i + 1]!;
		end = start + kernels[3 * i + 2]!;
		return {
			...n,
			name: names[kernels[3 * i]!] ?? '',
			startUs: (start * UNIT) / 1000,
			us: (kernels[3 * i + 2]! * UNIT) / 1000
		};
	});
}

/**
 * The setup of the cost model that a recording is a measurement of.
 * @throws RangeError when model or device is unknown
 */
export function setupOf(r: Recording): Setup {
	const model = findModel(r.model);
	const device = findDevice(r.device);
	if (!model || !device) {
		throw new RangeError(
			`The trace names ${model ? `device ${r.device}` : `model ${r.model}`}, which is not in the catalogue.`
		);
	}
	return setup({ device, model, slots: r.slots, context: r.context });
}

const recordedLanes: readonly Lane[] = (['pass', 'layer', 'kernel', 'launch'] as const).map(
	(kind) => ({ kind, name: '' })
);

/**
 * A recording on lanes: its kernels, and the gaps between them as the launch lane. Bytes and FLOPs are the cost
 * model's, shared among the kernels of an operator by their time.
 */
export function layRecording(r: Recording): Timeline {
	const kernels = unpackKernels(r);
	const s = setupOf(r);
	const work = workOf(s);
	const times = new Map<string, number>();
	const key = (k: NamedKernel) => `${k.layer} ${k.operator}`;
	for (const k of kernels) times.set(key(k), (times.get(key(k)) ?? 0) + k.us);
	const labels = new Labels();
	const writer = new SliceWriter(kernels.length * 2 + 128);
	const [pass, layerLane, kernelLane, launch] = [0, 1, 2, 3];
	let opened = 0;
	kernels.forEach((k, i) => {
		const layer = k.layer ?? NO_LAYER;
		const about = { operator: operatorCode[k.operator], layer, pass: 0, label: labels.of(k.name) };
		const whole = work.get(key(k));
		const part = k.us / (times.get(key(k)) || 1);
		const start = k.startUs * US;
		const before = kernels[i - 1];
		const free = before ? (before.startUs + before.us) * US : 0;
		if (start > free) {
			writer.add(launch, kindCode.launch, free, start - free, { ...about, label: 0 });
		}
		writer.add(
			kernelLane,
			kindCode.kernel,
			start,
			k.us * US,
			about,
			(whole?.bytes ?? 0) * part,
			(whole?.flops ?? 0) * part
		);
		if (before?.layer !== k.layer) opened = start;
		const next = kernels[i + 1];
		if (layer !== NO_LAYER && next?.layer !== k.layer) {
			const end = next ? next.startUs * US : start + k.us * US;
			writer.add(layerLane, kindCode.layer, opened, end - opened, { ...NOTHING, layer, pass: 0 });
		}
	});
	const last = kernels.at(-1);
	const duration = last ? (last.startUs + last.us) * US : 0;
	writer.add(pass, kindCode.pass, 0, duration, { ...NOTHING, pass: 0, label: labels.of('step') });
	return {
		lanes: recordedLanes,
		slices: writer.done(),
		labels: labels.list,
		passes: [{ start: 0, end: duration, tokens: 0, out: duration, role: 'step', slots: r.slots }],
		duration,
		peak: peakOf(s),
		notes: [{ kind: 'work-computed' }]
	};
}

/** Bytes and FLOPs of each operator of each layer. */
function workOf(s: Setup): Map<string, { bytes: number; flops: number }> {
	const sums = new Map<string, { bytes: number; flops: number }>();
	for (const k of stepKernels(s)) {
		const key = `${k.layer} ${k.operator}`;
		const sum = sums.get(key) ?? { bytes: 0, flops: 0 };
		sum.bytes += k.bytes.weights + k.bytes.kv + k.bytes.activations;
		sum.flops += k.flops;
		sums.set(key, sum);
	}
	return sums;
}
