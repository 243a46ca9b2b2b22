import calibration from './parameters.json' with { type: 'json' };
import type { Device } from '../hardware/index.ts';
import type { Setup } from './setup.ts';
import { fittedParameters, workMs } from './step.ts';
import { stepWork } from './step-work.ts';
import { parameterNames, ratesOf, type Parameters, type Rates } from './time.ts';

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
/** Rates of the fit and of every draw, kept: a sweep asks for the same ones at every point. */
const known = new WeakMap<Device, Map<string, { fit: Rates; draws: Rates[] }>>();
function allRates(s: Setup) {
	let of = known.get(s.device);
	if (!of) known.set(s.device, (of = new Map()));
	const key = `${s.kernels} ${s.weights} ${s.tp}`;
	let rates = of.get(key);
	if (!rates) {
		rates = { fit: ratesOf(fittedParameters, s), draws: draws.map((d) => ratesOf(d, s)) };
		of.set(key, rates);
	}
	return rates;
}

const checkedDevices = new Set(['h100-sxm', 'h200']);

/**
 * The band from the parameters' spread over bootstrap resamples and from the error that was seen on
 * what was never fitted (its 95th percentile), added in squares.
 */
export function stepBand(s: Setup): Band {
	const work = stepWork(s);
	const rates = allRates(s);
	const ms = workMs(s, work, rates.fit);
	const logs = rates.draws.map((d) => Math.log(workMs(s, work, d) / ms));
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
