import { findDevice, type Device } from '../hardware/index.ts';
import { findModel, type Model } from '../models/index.ts';
import { setup, type Setup } from './setup.ts';
import { ratesOf, timeOf, type Parameters } from './time.ts';
import { stepWork } from './step-work.ts';
import { paddedRows, type Operator, type Work } from './work.ts';

/** Raw rows as the measuring scripts wrote them; see tests/fixtures/measurements/README.md. */
export interface RawSteps {
	meta: { gpu: string };
	steps: { model: string; q: number; kv: number; ms: number; batch?: number; tp?: number }[];
	batch?: RawSteps['steps'];
	parts?: { model: string; part: string; q: number; kv: number; ms: number }[];
	micro?: { gemm: RawGemm[] };
	gemm?: RawGemm[];
	moe?: { inn: number; out: number; touched: number; each: number; us: number }[];
	quant?: (RawGemm & { bits: number })[];
	attention?: {
		heads: number;
		kv_heads: number;
		head: number;
		batch: number;
		q: number;
		kv: number;
		us: number;
	}[];
	all_reduce?: { gpus: number; bytes: number; us: number }[];
}
interface RawGemm {
	out: number;
	inn: number;
	m: number;
	us: number;
}

/** One measured time and the kernels that it was spent on: `count` times each list. */
export interface Point {
	readonly label: string;
	readonly group: string;
	readonly setup: Setup;
	readonly measuredUs: number;
	readonly work: readonly { count: number; kernels: readonly Work[] }[];
}

const names: Record<string, string> = {
	'Qwen2.5-1.5B': 'qwen2.5-1.5b',
	'Qwen3-8B': 'qwen3-8b',
	'Llama-3.1-8B': 'llama-3.1-8b',
	'Qwen2.5-14B': 'qwen2.5-14b',
	'Qwen3-32B': 'qwen3-32b'
};

/** The catalog's model of a name in the measurements. */
export function modelOf(name: string): Model {
	const found = findModel(names[name] ?? name);
	if (!found) throw new Error(`Measurements name the model '${name}', which the catalog lacks.`);
	return found;
}

/** The kernels of a whole step with how often each layer kind occurs. */
export function wholeStep(s: Setup): Point['work'] {
	const work = stepWork(s);
	const counts = s.model.kinds.map((_, k) => s.model.layers.filter((l) => l === k).length);
	return [
		...work.kinds.map((kernels, k) => ({ count: counts[k]!, kernels })),
		{ count: 1, kernels: work.tail }
	];
}

/** Steps of any file, one sequence and several. */
export function stepPoints(raw: RawSteps, device: Device): Point[] {
	return [...raw.steps, ...(raw.batch ?? [])].map((row) => {
		const s = setup({
			device,
			model: modelOf(row.model),
			slots: row.q,
			context: row.kv,
			batch: row.batch ?? 1,
			tp: row.tp ?? 1
		});
		return {
			label: `${row.model} q=${row.q} kv=${row.kv} batch=${s.batch} tp=${s.tp}`,
			group: row.model,
			setup: s,
			measuredUs: row.ms * 1e3,
			work: wholeStep(s)
		};
	});
}

const partOperators: Record<string, Operator[]> = {
	attention: ['attention'],
	mlp: ['gate-up', 'activation', 'down']
};

/** Attention alone and the MLP alone, in all layers. */
export function partPoints(raw: RawSteps, device: Device): Point[] {
	return (raw.parts ?? []).map((row) => {
		const s = setup({ device, model: modelOf(row.model), slots: row.q, context: row.kv });
		const wanted = partOperators[row.part] ?? [];
		return {
			label: `${row.model} ${row.part} q=${row.q}`,
			group: row.model,
			setup: s,
			measuredUs: row.ms * 1e3,
			work: wholeStep(s).map(({ count, kernels }) => ({
				count,
				kernels: kernels.filter((k) => wanted.includes(k.operator))
			}))
		};
	});
}

function single(label: string, group: string, s: Setup, us: number, work: Work): Point {
	return { label, group, setup: s, measuredUs: us, work: [{ count: 1, kernels: [work] }] };
}

function gemmWork(inn: number, out: number, rows: number, bytes: number, copies = 1): Work {
	const each = paddedRows(rows / copies);
	return {
		name: 'gemm',
		operator: 'gate-up',
		bytes: { weights: copies * inn * out * bytes, kv: 0, activations: rows * (inn + out) * 2 },
		flops: 2 * rows * inn * out,
		launches: 1,
		shape: { kind: 'gemm', padded: 2 * copies * each * inn * out, grouped: copies > 1 }
	};
}

/** Single kernels: GEMMs of one matrix, of experts, in 8 bits; attention; all-reduces. */
export function kernelPoints(raw: RawSteps, device: Device): Point[] {
	const model = modelOf('Qwen3-8B');
	const s = setup({ device, model });
	const points: Point[] = [];
	for (const g of [...(raw.micro?.gemm ?? []), ...(raw.gemm ?? [])]) {
		const label = `gemm ${g.out}x${g.inn} rows=${g.m}`;
		points.push(single(label, 'gemm', s, g.us, gemmWork(g.inn, g.out, g.m, 2)));
	}
	for (const g of raw.moe ?? []) {
		const work = gemmWork(g.inn, g.out, g.touched * g.each, 2, g.touched);
		const label = `experts ${g.touched} of ${g.out}x${g.inn} rows=${g.each} each`;
		points.push(single(label, 'experts', s, g.us, work));
	}
	for (const g of (raw.quant ?? []).filter((row) => row.bits === 8)) {
		const label = `fp8 gemm ${g.out}x${g.inn} rows=${g.m}`;
		const fp8 = setup({ device, model, weights: 'fp8' });
		points.push(single(label, 'fp8 gemm', fp8, g.us, gemmWork(g.inn, g.out, g.m, 1)));
	}
	for (const a of raw.attention ?? []) {
		const one = setup({
			device,
			slots: a.q,
			batch: a.batch,
			context: a.kv,
			model: {
				...model,
				kinds: [
					{
						attention: { kind: 'gqa', heads: a.heads, kvHeads: a.kv_heads, headDim: a.head },
						mlp: { kind: 'dense', width: 1 }
					}
				],
				layers: [0]
			}
		});
		const work = stepWork(one).kinds[0]!.find((k) => k.operator === 'attention')!;
		const label = `attention ${a.heads}/${a.kv_heads}x${a.head} batch=${a.batch} q=${a.q} kv=${a.kv}`;
		points.push(single(label, 'attention', one, a.us, work));
	}
	for (const r of raw.all_reduce ?? []) {
		const work: Work = {
			name: 'all-reduce',
			operator: 'all-reduce',
			bytes: { weights: 0, kv: 0, activations: 2 * r.bytes },
			flops: 0,
			launches: 1,
			shape: { kind: 'all-reduce', message: r.bytes, queued: true }
		};
		const two = setup({ device, model, tp: r.gpus });
		points.push(single(`all-reduce ${r.bytes} B`, 'all-reduce', two, r.us, work));
	}
	return points;
}

/** Microseconds that the model gives a point. */
export function predict(point: Point, p: Parameters): number {
	const rates = ratesOf(p, point.setup);
	let us = 0;
	for (const { count, kernels } of point.work) {
		let sum = 0;
		for (const kernel of kernels) sum += timeOf(kernel, rates).total;
		us += count * sum;
	}
	return us;
}

/** ln(predicted / measured): 0.01 is 1 % too slow. */
export const logError = (point: Point, p: Parameters): number =>
	Math.log(predict(point, p) / point.measuredUs);

/** Absolute relative errors: median, 95th percentile, worst, in percent. */
export interface ErrorSummary {
	readonly points: number;
	readonly median: number;
	readonly p95: number;
	readonly worst: number;
	readonly worstAt: string;
}

/** Summarises |predicted / measured - 1| over points. */
export function summarise(points: readonly Point[], p: Parameters): ErrorSummary {
	const errors = points
		.map((point) => ({
			error: 100 * Math.abs(predict(point, p) / point.measuredUs - 1),
			label: point.label
		}))
		.sort((a, b) => a.error - b.error);
	const at = (share: number) =>
		errors[Math.min(errors.length - 1, Math.floor(share * errors.length))]!;
	return {
		points: errors.length,
		median: at(0.5).error,
		p95: at(0.95).error,
		worst: errors.at(-1)!.error,
		worstAt: errors.at(-1)!.label
	};
}

/** Slots at which a step costs half more than at two slots; null where the sweep does not get there. */
export interface Knee {
	readonly model: string;
	readonly device: string;
	readonly context: number;
	readonly batch: number;
	/** The parameters were fitted to this sweep's device. */
	readonly fitted: boolean;
	readonly measured: number;
	readonly predicted: number;
}

/** The knees of all slots sweeps among points, interpolated in logarithms between measured slots. */
export function knees(points: readonly Point[], p: Parameters): Knee[] {
	const sweeps = new Map<string, Point[]>();
	for (const point of points) {
		const { setup: s } = point;
		const name = `${point.group} ${s.device.id} ${s.context} ${s.batch}`;
		sweeps.set(name, [...(sweeps.get(name) ?? []), point]);
	}
	return [...sweeps.values()].flatMap((of) => {
		const sorted = of
			.filter((x) => x.setup.slots > 1)
			.sort((a, b) => a.setup.slots - b.setup.slots);
		const measured = crossing(sorted.map((x) => [x.setup.slots, x.measuredUs]));
		const predicted = crossing(sorted.map((x) => [x.setup.slots, predict(x, p)]));
		if (!measured || !predicted) return [];
		const [{ setup: s }] = of as [Point];
		return [
			{
				model: s.model.name,
				device: s.device.name,
				context: s.context,
				batch: s.batch,
				fitted: s.device === h100(),
				measured,
				predicted
			}
		];
	});
}

function crossing(curve: readonly (readonly [number, number])[]): number | null {
	const goal = 1.5 * (curve[0]?.[1] ?? Infinity);
	for (let i = 1; i < curve.length; i++) {
		const [q0, t0] = curve[i - 1]!;
		const [q1, t1] = curve[i]!;
		if (t1 < goal) continue;
		const share = Math.log(goal / t0) / Math.log(t1 / t0);
		return q0 * Math.pow(q1 / q0, share);
	}
	return null;
}

export const h100 = (): Device => findDevice('h100-sxm')!;
export const h200 = (): Device => findDevice('h200')!;
