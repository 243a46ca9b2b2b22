import {
	fittedParameters,
	kernelSets,
	ratesOf,
	weightFormats,
	type Cost
} from '$engine/cost/index.ts';
import { datasheetTFLOPs, type Precision } from '$engine/hardware/index.ts';
import { m } from '$lib/paraglide/messages';
import { roofline, type RoofPoint, type RoofRun } from '../charts/roofline.ts';
import type { Drawing } from '../charts/drawing.ts';
import { count, digits, percent } from '../decode/number.ts';
import type { Run } from './bench.svelte.ts';
import type { Table } from './table.ts';
import { nameOfBound, nameOfOperator } from './words.ts';

const inTera = (cost: Cost) => cost.flops / (cost.ms * 1e9);

/** A share of a whole; near one with a digit more, so that 99.8 % does not become 100 %. */
export const share = (part: number): string =>
	part > 0.99 && part < 0.9995 ? `${(100 * part).toFixed(1)} %` : percent(part);
/** FLOP in the largest unit that leaves at least one. */
export const flop = (count: number): string =>
	count >= 1e12 ? `${digits(count / 1e12)} TFLOP` : `${digits(count / 1e9)} GFLOP`;
/** Bytes up to TB, decimal. */
export const size = (count: number): string =>
	count >= 1e12
		? `${digits(count / 1e12)} TB`
		: count >= 1e9
			? `${digits(count / 1e9)} GB`
			: `${digits(count / 1e6)} MB`;
/** GB/s, or TB/s from a thousand on. */
export const bandwidthOf = (gb: number): string =>
	gb >= 1000 ? `${digits(gb / 1000)} TB/s` : `${digits(gb)} GB/s`;

function point(key: string, name: string, of: string, cost: Cost, total: number): RoofPoint {
	return {
		key,
		name,
		intensity: cost.intensity,
		tflops: inTera(cost),
		share: cost.ms / total,
		waits: cost.bound,
		get label() {
			return m.sim_roof_point({
				name: of + name,
				flops: flop(cost.flops),
				bytes: size(cost.bytes),
				intensity: digits(cost.intensity),
				ms: digits(cost.ms),
				tflops: digits(inTera(cost)),
				share: percent(cost.ms / total),
				bound: nameOfBound(cost.bound)
			});
		}
	};
}

/** Precisions whose ceilings are drawn, and the one that the matrices run in. */
function ceilings({ setup: s }: Run): RoofRun['ceilings'] {
	const matrix = kernelSets[s.kernels].efficiency.units === 'matrix';
	const wanted = matrix ? weightFormats[s.weights].rate : 'fp32';
	const used = datasheetTFLOPs(s.device, wanted);
	const drawn: Precision[] = matrix ? ['bf16', 'fp8', 'fp4'] : ['fp32', 'bf16'];
	return drawn.flatMap((precision) => {
		const rate = s.device.rates[precision]?.value;
		if (!rate) return [];
		return [
			{
				tflops: rate,
				label: m.sim_roof_ceiling({ precision, tflops: count(rate) }),
				used: rate === used
			}
		];
	});
}

function roofRun(run: Run): RoofRun {
	const { setup: s, cost, name } = run;
	const rates = ratesOf(fittedParameters, s);
	const of = name && `${name}: `;
	return {
		name,
		bandwidth: s.device.bandwidth.value,
		bandwidthLabel: m.sim_roof_bandwidth({ bandwidth: bandwidthOf(s.device.bandwidth.value) }),
		ceilings: ceilings(run),
		reached: { bandwidth: rates.bytes / 1e3, tflops: rates.flops / 1e6 },
		points: cost.operators
			.filter(({ flops }) => flops > 0)
			.map((o) => point(o.operator, nameOfOperator(o.operator), of, o, cost.ms)),
		step: point('step', m.sim_roof_step(), of, cost, cost.ms)
	};
}

/** The roofline plot of one set-up or two. */
export function roofFigure(runs: readonly Run[]): {
	draw: (width: number) => Drawing;
	table: Table;
} {
	const drawn = runs.map(roofRun);
	return {
		draw: (width) =>
			roofline(drawn, {
				width,
				height: Math.min(460, Math.max(320, width * 0.62)),
				xTitle: m.sim_roof_x(),
				yTitle: m.sim_roof_y(),
				ridge: (intensity) => m.sim_roof_ridge({ intensity: digits(intensity) }),
				reached: m.sim_roof_reached(),
				step: m.sim_roof_step()
			}),
		get table() {
			return operatorTable(runs);
		}
	};
}

/** Operators of every set-up with what they move, compute and take. */
export function operatorTable(runs: readonly Run[]): Table {
	return {
		head: [
			...(runs.length > 1 ? [m.sim_setup_short()] : []),
			m.sim_operator(),
			'ms',
			m.sim_memory_ms(),
			m.sim_compute_ms(),
			m.sim_launch_ms(),
			'MB',
			'GFLOP',
			'FLOP/byte',
			'TFLOP/s',
			m.sim_waits_for()
		],
		rows: runs.flatMap((run) => {
			const row = (name: string, c: Cost) => [
				...(runs.length > 1 ? [run.name] : []),
				name,
				c.ms,
				c.memoryMs,
				c.computeMs,
				c.launchMs,
				c.bytes / 1e6,
				c.flops / 1e9,
				c.intensity,
				inTera(c),
				nameOfBound(c.bound)
			];
			return [
				row(m.sim_roof_step(), run.cost),
				...run.cost.operators.map((o) => row(nameOfOperator(o.operator), o))
			];
		})
	};
}
