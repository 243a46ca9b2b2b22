import { datasheetTFLOPs, type Device } from '../hardware/index.ts';
import { findModel } from '../models/index.ts';
import { wholeStep } from './measurements.ts';
import { setup, weightFormats, type Setup } from './setup.ts';
import { ratesOf, timeOf, type Parameters } from './time.ts';

/** Shares of the board's power limit: always, while memory is busy, while the matrix units are. */
export interface EnergyParameters {
	readonly idle: number;
	readonly memory: number;
	readonly compute: number;
	/** Median and worst relative error of the measured steps, in percent. */
	readonly median: number;
	readonly worst: number;
	readonly points: number;
}

/** One measured row: joules of a step from the board's own energy counter. */
export interface EnergyRow {
	readonly model?: string;
	readonly batch?: number;
	readonly q?: number;
	readonly kv?: number;
	readonly mJ_per_step?: number;
}

/** Microseconds a step takes, and those at full bandwidth and at full datasheet FLOP/s. */
export interface Busy {
	readonly total: number;
	readonly memory: number;
	readonly compute: number;
}

/** Busy times of a step of `ms` that moves `bytes` and computes `flops` on each device. */
export function busyOf(s: Setup, ms: number, bytes: number, flops: number): Busy {
	return {
		total: ms * 1e3,
		memory: bytes / (s.device.bandwidth.value * 1e3),
		compute: flops / (datasheetTFLOPs(s.device, weightFormats[s.weights].rate) * 1e6)
	};
}

/** The busy times of a setup's step under given parameters. */
function busyTimes(s: Setup, p: Parameters): Busy {
	const rates = ratesOf(p, s);
	let [us, bytes, flops] = [0, 0, 0];
	for (const { count, kernels } of wholeStep(s)) {
		for (const k of kernels) {
			us += count * timeOf(k, rates).total;
			bytes += count * (k.bytes.weights + k.bytes.kv + k.bytes.activations);
			flops += count * k.flops;
		}
	}
	return busyOf(s, us / 1e3, bytes, flops);
}

/** Joules of one device over a step: power limit x (idle + memory share + compute share), at most the limit. */
export function stepJoules(
	busy: Busy,
	watts: number,
	e: Omit<EnergyParameters, 'median' | 'worst' | 'points'>
): number {
	const seconds =
		Math.min(busy.total, e.idle * busy.total + e.memory * busy.memory + e.compute * busy.compute) *
		1e-6;
	return watts * seconds;
}

/**
 * Fits the three shares by a coarse-to-fine search over relative errors.
 * The rows' models are named as in the measurements.
 */
export function fitEnergy(
	rows: readonly EnergyRow[],
	p: Parameters,
	device: Device
): EnergyParameters {
	const watts = device.power!.value;
	const points = rows.flatMap((row) => {
		const model = row.model && findModel(row.model.toLowerCase());
		if (!model || !row.mJ_per_step) return [];
		const s = setup({
			device,
			model,
			slots: row.q ?? 1,
			batch: row.batch ?? 1,
			context: row.kv ?? 1024
		});
		return [{ busy: busyTimes(s, p), joules: row.mJ_per_step / 1e3 }];
	});
	const errors = (e: { idle: number; memory: number; compute: number }) =>
		points.map(({ busy, joules }) => Math.abs(stepJoules(busy, watts, e) / joules - 1));
	let best = { idle: 0.25, memory: 0.4, compute: 0.6 };
	const loss = (e: typeof best) => errors(e).reduce((sum, x) => sum + x * x, 0);
	for (let width = 0.2; width > 1e-4; width *= 0.9) {
		for (const name of ['idle', 'memory', 'compute'] as const) {
			for (const sign of [-1, 1]) {
				const next = { ...best, [name]: Math.max(0, best[name] + sign * width) };
				if (loss(next) < loss(best)) best = next;
			}
		}
	}
	const sorted = errors(best).sort((a, b) => a - b);
	const percent = (x: number) => Number((100 * x).toPrecision(3));
	return {
		idle: Number(best.idle.toPrecision(4)),
		memory: Number(best.memory.toPrecision(4)),
		compute: Number(best.compute.toPrecision(4)),
		median: percent(sorted[Math.floor(sorted.length / 2)]!),
		worst: percent(sorted.at(-1)!),
		points: sorted.length
	};
}
