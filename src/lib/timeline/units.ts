import { digits } from '../decode/number.ts';

const units = [
	[1e-3, 1e6, 'ns'],
	[1, 1e3, 'µs'],
	[1e3, 1, 'ms'],
	[Infinity, 1e-3, 's']
] as const;

/** A length of time: 340 ns, 12.5 µs, 6.87 ms, 1.2 s. */
export function tellMs(ms: number): string {
	const size = Math.abs(ms);
	if (size < 1e-9) return '0 µs';
	const [, factor, unit] = units.find(([below]) => size < below)!;
	return `${digits(ms * factor)} ${unit}`;
}

/** A time on a ruler whose ticks are `step` ms apart: all in one unit, no more digits than the step needs. */
export function tellTick(ms: number, step: number): string {
	const [, factor, unit] = units.find(([below]) => step < below)!;
	const decimals = Math.max(0, -Math.floor(Math.log10(step * factor) + 1e-9));
	return `${(ms * factor).toFixed(decimals)} ${unit}`;
}

const scaled = (value: number, names: readonly string[]): string => {
	const power =
		value < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(value) / 3 + 1e-12));
	return `${digits(value / 1000 ** power)} ${names[power]}`;
};

export const tellBytes = (n: number): string => scaled(n, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
export const tellFlops = (n: number): string =>
	scaled(n, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP']);
export const tellBandwidth = (perSecond: number): string => `${tellBytes(perSecond)}/s`;
export const tellRate = (perSecond: number): string => `${tellFlops(perSecond)}/s`;

/** A share that may be close to 0 or 1: 99.7 %, 99.98 %, 42 %. */
export function tellShare(share: number): string {
	const percent = 100 * share;
	const edge = Math.min(percent, 100 - percent);
	return `${percent.toFixed(edge < 0.1 ? 2 : edge < 10 ? 1 : 0)} %`;
}
