import { setup, stepKernels } from '../cost/index.ts';
import { findDevice } from '../hardware/index.ts';
import { findModel } from '../models/index.ts';
import { nameKernels, type NamedKernel } from './kernels.ts';
import { kindCode, operatorCode, type Lane } from './lanes.ts';
import { traceOfSession, type TimedSession } from './session.ts';
import {
	Labels,
	NO_LAYER,
	NOTHING,
	SliceWriter,
	type Note,
	type Pass,
	type Timeline
} from './slices.ts';

/** A kernel launch and its two timestamps, as engine/runtime's KernelStamps gives them. */
export interface Stamped {
	readonly name: string;
	/** µs since the first launch of the pass began. */
	readonly startUs: number;
	readonly us: number;
}

/** What was timed on the visitor's device: the passes of an answer, and the kernels of each where it has timestamps. */
export interface LiveRun extends TimedSession {
	readonly device: TimedSession['device'] & { readonly name: string };
	/** Id in the catalogue of models, for the FLOPs of each operator. */
	readonly modelId: string;
	/** One list a step; empty lists, or none, where the device has no timestamps. */
	readonly kernels: readonly (readonly Stamped[])[];
	/** Milliseconds of the same passes while nothing was stamped, all together. */
	readonly plainMs: number;
}

/** Coarser timestamps than this say little of one launch, µs. */
const FINE = 1;

/**
 * The step in which a device's timestamps move, µs: the largest of which all of them are a multiple, to a nanosecond.
 * Chrome moves them in steps of about 0.1 ms unless told otherwise. Undefined without timestamps.
 */
export function resolutionOf(kernels: LiveRun['kernels']): number | undefined {
	let step = 0;
	for (const { startUs, us } of kernels.flat()) {
		for (let ns of [Math.round(startUs * 1000), Math.round(us * 1000)]) {
			// Euclid's: the greatest common divisor.
			while (ns !== 0) [step, ns] = [ns, step % ns];
		}
		if (step === 1) break;
	}
	return step > 0 ? step / 1000 : undefined;
}

/** The launches of a pass one behind another: gap before and length, both as shares of the pass's time on the device. */
interface Pattern {
	readonly named: readonly NamedKernel[];
	readonly gap: Float64Array;
	readonly length: Float64Array;
	/** Passes of which this is the mean. */
	readonly passes: number;
}

/**
 * The mean pattern of passes that launched the same kernels. Rounded timestamps are right in the mean: where a pass
 * begins between two steps of the clock is chance, so lengths below the step show as the share of passes in which it
 * ticked meanwhile.
 */
function patternOf(passes: readonly (readonly Stamped[])[]): Pattern {
	const count = passes[0]!.length;
	const gap = new Float64Array(count);
	const length = new Float64Array(count);
	for (const kernels of passes) {
		let end = 0;
		kernels.forEach(({ startUs, us }, i) => {
			const start = Math.max(end, startUs);
			const stop = Math.max(start, startUs + us);
			gap[i]! += start - end;
			length[i]! += stop - start;
			end = stop;
		});
	}
	let sum = 0;
	for (let i = 0; i < count; i++) sum += gap[i]! + length[i]!;
	for (let i = 0; i < count; i++) {
		gap[i]! /= sum || 1;
		length[i]! /= sum || 1;
	}
	return {
		named: nameKernels(passes[0]!.map(({ name }) => name)),
		gap,
		length,
		passes: passes.length
	};
}

const spanUs = (kernels: readonly Stamped[]): number =>
	kernels.reduce((end, { startUs, us }) => Math.max(end, startUs + us), 0);

const keyOf = (kernels: readonly Stamped[]): string => kernels.map(({ name }) => name).join('\n');

/** Patterns by what was launched: where timestamps are coarse, of all passes alike, else of each pass. */
function patterns(kernels: LiveRun['kernels'], coarse: boolean): (Pattern | undefined)[] {
	if (!coarse) return kernels.map((one) => (one.length > 0 ? patternOf([one]) : undefined));
	const alike = new Map<string, (readonly Stamped[])[]>();
	for (const one of kernels) {
		if (one.length === 0) continue;
		const key = keyOf(one);
		const others = alike.get(key);
		if (others) others.push(one);
		else alike.set(key, [one]);
	}
	const means = new Map(Array.from(alike, ([key, passes]) => [key, patternOf(passes)]));
	return kernels.map((one) => means.get(keyOf(one)));
}

const lanes: readonly Lane[] = (['pass', 'layer', 'kernel', 'launch', 'readback'] as const).map(
	(kind) => ({ kind, name: '' })
);

/**
 * A run on the visitor's device on lanes: each pass, its layers and kernels as the device stamped them, the host writing commands (launch lane) and reading back. Where timestamps are coarse, the share of each kernel
 * is the mean of all passes that launched the same ones; how long a pass took is always its own. The device's clock and
 * the host's have no common zero: a pass's kernels are drawn from when its commands are written. Without timestamps, what
 * traceOfSession draws.
 */
export function layLive(run: LiveRun): Timeline {
	const resolution = resolutionOf(run.kernels);
	if (resolution === undefined) return traceOfSession(run);
	const coarse = resolution > FINE;
	const found = patterns(run.kernels, coarse);
	const labels = new Labels();
	const writer = new SliceWriter(2 * run.kernels.reduce((sum, { length }) => sum + length, 0) + 64);
	const passes: Pass[] = [];
	const [passLane, layerLane, kernelLane, launch, readbackLane] = [0, 1, 2, 3, 4];
	let now = 0;
	run.steps.forEach(({ kind, tokens, emitted, times }, pass) => {
		const role = kind === 'prefill' ? 'prefill' : 'step';
		const about = { ...NOTHING, pass, label: labels.of(role) };
		const { total, encode = 0, readback } = times;
		const end = now + total;
		writer.add(passLane, kindCode.pass, now, total, about);
		writer.add(launch, kindCode.launch, now, Math.min(encode, total), { ...about, label: 0 });
		const pattern = found[pass];
		if (pattern) {
			const stamped = run.kernels[pass]!;
			const span = Math.min(total, spanUs(stamped) / 1000);
			const begins = Math.max(now, Math.min(now + encode, end - span));
			const flops = flopsOf(run.modelId, tokens.length, pattern);
			let at = begins;
			let opened = begins;
			pattern.named.forEach(({ operator, layer }, i) => {
				at += pattern.gap[i]! * span;
				const before = pattern.named[i - 1]?.layer;
				if (before !== layer) opened = at;
				const length = Math.min(pattern.length[i]! * span, end - at);
				const what = {
					operator: operatorCode[operator],
					layer: layer ?? NO_LAYER,
					pass,
					label: labels.of(stamped[i]!.name)
				};
				writer.add(kernelLane, kindCode.kernel, at, length, what, 0, flops[i]);
				at += length;
				if (layer !== null && pattern.named[i + 1]?.layer !== layer) {
					writer.add(layerLane, kindCode.layer, opened, at - opened, {
						...NOTHING,
						layer,
						pass
					});
				}
			});
		}
		if (readback !== undefined) {
			const length = Math.min(readback, total);
			writer.add(readbackLane, kindCode.readback, end - length, length, { ...about, label: 0 });
		}
		passes.push({ start: now, end, tokens: emitted.length, out: end, role, slots: tokens.length });
		now = end;
	});
	const note: Note = {
		kind: 'stamped',
		resolutionUs: resolution,
		...(coarse && { meanOf: Math.max(...found.map((pattern) => pattern?.passes ?? 0)) }),
		stampedMs: now,
		plainMs: run.plainMs
	};
	return {
		lanes,
		slices: writer.done(),
		labels: labels.list,
		passes,
		duration: now,
		notes: [note]
	};
}

/** FLOPs of each launch: those of its operator in its layer, divided among its launches by their time. */
function flopsOf(modelId: string, slots: number, { named, length }: Pattern): Float64Array {
	const flops = new Float64Array(named.length);
	const model = findModel(modelId);
	if (!model) return flops;
	const key = (k: NamedKernel) => `${k.layer} ${k.operator}`;
	const work = new Map<string, number>();
	// Which device it is makes no difference to the work.
	const device = findDevice('h100-sxm')!;
	for (const k of stepKernels(setup({ device, model, slots, context: 0 }))) {
		work.set(key(k), (work.get(key(k)) ?? 0) + k.flops);
	}
	const times = new Map<string, number>();
	named.forEach((k, i) => times.set(key(k), (times.get(key(k)) ?? 0) + length[i]!));
	named.forEach((k, i) => {
		const whole = times.get(key(k))!;
		// Attention's work depends on the cache, which is not asked for here.
		if (whole > 0 && k.operator !== 'attention') {
			flops[i] = ((work.get(key(k)) ?? 0) * length[i]!) / whole;
		}
	});
	return flops;
}

/** Notes of several runs as those of one: what stamping costs is added up, what is said twice is said once. */
export function together(notes: readonly Note[]): Note[] {
	const said = new Map<string, Note>();
	for (const note of notes) {
		const before = said.get(note.kind);
		said.set(
			note.kind,
			before?.kind === 'stamped' && note.kind === 'stamped'
				? {
						...before,
						stampedMs: before.stampedMs + note.stampedMs,
						plainMs: before.plainMs + note.plainMs
					}
				: note
		);
	}
	return Array.from(said.values());
}
