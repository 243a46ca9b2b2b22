/**
 * Fits the cost model to measurements of one H100 and publishes the parameters and their errors.
 *
 *     npx tsx engine/cost/calibrate.ts
 *
 * rewrites parameters.json (values, spread over bootstrap resamples, the draws themselves),
 * accuracy.json and ACCURACY.md. Fitted: steps and parts of Qwen2.5 1.5B and Qwen3 8B at batch 1, single
 * GEMMs, attention kernels and all-reduces; then one parameter, alone, to Qwen2.5 1.5B on two GPUs: what a short
 * all-reduce within a step costs less than one of many in a row. Never fitted: batches above 1, Qwen3 8B on two GPUs,
 * 8-bit GEMMs, and everything measured on an H200 (two details of the structure, GEMM rows padded to 8 and the fp4 rate, were
 * settled after its errors had been seen; they moved its median from 2.2 to 2.0 %).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { fitEnergy, type EnergyRow } from './energy.ts';
import { fit, resample, type WeightedSet } from './fit.ts';
import {
	h100,
	h200,
	knees,
	modelOf,
	kernelPoints,
	partPoints,
	stepPoints,
	summarise,
	type ErrorSummary,
	type Knee,
	type Point,
	type RawSteps
} from './measurements.ts';
import { seeded } from './random.ts';
import { parameterNames, type Parameters } from './time.ts';

const here = new URL('.', import.meta.url);
const fixtures = new URL('../../tests/fixtures/measurements/', here);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));

/** Where the search starts: the values read off the traces by hand. */
const START: Parameters = {
	gemmFixed: 3.4,
	bandwidth: 2790,
	tflops: 720,
	corner: 5.5,
	smallFixed: 2.3,
	gather: 6,
	splitFixed: 8,
	kvBandwidth: 3000,
	flashFixed: 6.4,
	blockFixed: 0.86,
	blockHead: 0.74,
	groupedFixed: 9,
	linkFixed: 12,
	linkBandwidth: 280,
	linkHidden: 3
};
const DRAWS = 40;
const SEED = 20261124;

/** All measured points, by what they are. */
export function measuredSets() {
	const steps: RawSteps = read('h100-steps.json');
	const batch: RawSteps = read('h100-batch.json');
	const two: RawSteps = read('h100-tp2.json');
	const h200Rows: RawSteps = read('h200-heldout.json');
	const kernels = kernelPoints({ ...batch, micro: steps.micro }, h100());
	const group = (name: string) => kernels.filter((p) => p.group === name);
	const many = (points: Point[]) => points.filter((p) => p.setup.batch > 1);
	const held = stepPoints(h200Rows, h200());
	const pairs = stepPoints(two, h100());
	return {
		steps: stepPoints({ ...steps, batch: [] }, h100()),
		parts: partPoints(steps, h100()),
		gemm: group('gemm'),
		attention: group('attention'),
		experts: group('experts'),
		allReduce: kernelPoints({ meta: two.meta, steps: [], all_reduce: two.all_reduce }, h100()),
		fp8: group('fp8 gemm'),
		batch8: many(stepPoints({ ...steps, steps: [] }, h100())),
		batches: many(stepPoints({ ...batch, steps: [] }, h100())),
		twoGpus: pairs.filter((p) => p.group === 'Qwen3-8B'),
		twoGpusFitted: pairs.filter((p) => p.group === 'Qwen2.5-1.5B'),
		h200: held.filter((p) => p.setup.batch === 1),
		h200Batches: held.filter((p) => p.setup.batch > 1)
	};
}
export type MeasuredSets = ReturnType<typeof measuredSets>;

/** The sets of the fit, restricted to points that pass. */
function fitted(m: MeasuredSets, keep: (p: Point) => boolean = () => true): WeightedSet[] {
	return [
		{ points: m.steps.filter(keep), weight: 2 },
		{ points: m.parts.filter(keep), weight: 0.3 },
		{ points: m.gemm, weight: 0.05 },
		{ points: m.attention, weight: 0.05 },
		{ points: m.experts, weight: 0.3 },
		{ points: m.allReduce, weight: 0.3 }
	];
}

/** The rest held, what only steps on two GPUs tell. */
const fitPair = (points: Point[], values: Parameters): Parameters =>
	fit([{ points, weight: 1 }], values, 25, ['linkHidden']);

export interface AccuracyRow extends ErrorSummary {
	readonly id: string;
	readonly set: string;
	readonly fitted: boolean;
}

/** One row of the published table per measured set. */
export function accuracyRows(m: MeasuredSets, p: Parameters): AccuracyRow[] {
	const row = (id: keyof MeasuredSets, set: string, isFitted: boolean): AccuracyRow => ({
		id,
		set,
		fitted: isFitted,
		...summarise(m[id], p)
	});
	return [
		row('steps', 'H100, steps of Qwen2.5 1.5B and Qwen3 8B, batch 1', true),
		row('parts', 'H100, attention and MLP of the same', true),
		row('gemm', 'H100, single GEMMs', true),
		row('attention', 'H100, attention kernels, batch 1 to 64', true),
		row('experts', 'H100, GEMMs over experts', true),
		row('allReduce', '2 x H100, all-reduces', true),
		row('twoGpusFitted', '2 x H100, Qwen2.5 1.5B, tensor parallel (one parameter)', true),
		row('batch8', 'H100, Qwen3 8B at batch 8, first campaign', false),
		row('batches', 'H100, both models at batch 2 to 64', false),
		row('twoGpus', '2 x H100, Qwen3 8B, tensor parallel', false),
		row('fp8', 'H100, 8-bit GEMMs', false),
		row('h200', 'H200, 8B, Llama 3.1 8B, Qwen2.5 14B, Qwen3 32B, batch 1', false),
		row('h200Batches', 'H200, the same at batch 4 and 16', false)
	];
}

/** Cross-validation: fit on a part, predict the rest. */
function crossValidation(m: MeasuredSets, values: Parameters): AccuracyRow[] {
	const cases: [string, (p: Point) => boolean][] = [
		['fit on Qwen2.5 1.5B, predict Qwen3 8B', (p) => p.group === 'Qwen2.5-1.5B'],
		['fit on Qwen3 8B, predict Qwen2.5 1.5B', (p) => p.group === 'Qwen3-8B'],
		['fit without KV 4096, predict it', (p) => p.setup.context !== 4096],
		['fit without q > 300, predict them', (p) => p.setup.slots <= 300]
	];
	const pair: AccuracyRow = {
		id: 'cross-pair',
		set: 'on two: that parameter from Qwen3 8B, predict Qwen2.5 1.5B',
		fitted: false,
		...summarise(m.twoGpusFitted, fitPair(m.twoGpus, values))
	};
	const rows = cases.map(([set, keep], i) => ({
		id: `cross-${i + 1}`,
		set,
		fitted: false,
		...summarise(
			m.steps.filter((p) => !keep(p)),
			fit(fitted(m, keep), START)
		)
	}));
	return [...rows, pair];
}

const three = (x: number) => Number(x.toPrecision(4));

/** Knees of the slots sweeps at batch 1: fitted ones, and those of the H200. */
export const measuredKnees = (m: MeasuredSets, p: Parameters): Knee[] =>
	knees([...m.steps, ...m.h200], p);

function markdown(
	rows: AccuracyRow[],
	knee: Knee[],
	values: Parameters,
	spread: Parameters
): string {
	const cell = (x: number) => x.toFixed(1);
	return [
		'# How far the cost model is off',
		'',
		'Written by `npx tsx engine/cost/calibrate.ts`; a unit test fails when an error grows. Errors are',
		'|predicted / measured - 1| in percent. Nothing is fitted to H200 rows; two details of the structure (GEMM',
		'rows padded to 8, the fp4 rate) were settled after their errors had been seen, which moved their median at',
		'batch 1 from 2.2 to 2.0. Of steps on two GPUs one parameter is fitted to Qwen2.5 1.5B (`linkHidden`: what a',
		'short all-reduce costs less behind a GEMM than right behind another one); Qwen3 8B on two is predicted, but that',
		"parameter and the end of NCCL's flag protocol at 1 MiB were settled after the errors of both had been seen.",
		'',
		'| measured set | fitted | points | median | 95th percentile | worst | worst at |',
		'|---|---|---|---|---|---|---|',
		...rows.map(
			(r) =>
				`| ${r.set} | ${r.fitted ? 'yes' : 'no'} | ${r.points} | ${cell(r.median)} | ${cell(r.p95)} | ${cell(r.worst)} | ${r.worstAt} |`
		),
		'',
		'Knee of a slots sweep: the slots at which a step costs half more than with two.',
		'',
		'| sweep | measured | predicted | error |',
		'|---|---|---|---|',
		...knee.map(
			(k) =>
				`| ${k.model}, ${k.device}, context ${k.context}, batch ${k.batch} | ${k.measured.toFixed(0)} | ${k.predicted.toFixed(0)} | ${(100 * (k.predicted / k.measured - 1)).toFixed(1)} % |`
		),
		'',
		'What others state of theirs: Vidur under 9 % (its issue 60: P50 700 % off vLLM 0.9.1); LLMServingSim 2.0',
		'within 3 % (issue 59: RTX 4090 first token -88 %, per token +174 %); GenZ 5.82 % geometric mean;',
		'BLIS-Evolved 11.79 % MAPE; LLM-Viewer none (issue 4: throughput 44-91 % over TensorRT-LLM).',
		'',
		'| parameter | value | standard deviation over resamples |',
		'|---|---|---|',
		...parameterNames.map(
			(name) =>
				`| ${name} | ${three(values[name])} | ${((100 * spread[name]) / values[name]).toFixed(1)} % |`
		),
		''
	].join('\n');
}

async function calibrate(): Promise<void> {
	const m = measuredSets();
	const values = fitPair(m.twoGpusFitted, fit(fitted(m), START));
	const random = seeded(SEED);
	const draws = Array.from({ length: DRAWS }, () =>
		fit(resample(fitted(m), random), values, 8)
	).map((draw) => {
		const [pair] = resample([{ points: m.twoGpusFitted, weight: 1 }], random);
		return fitPair([...pair!.points], draw);
	});
	const spread = Object.fromEntries(
		parameterNames.map((name) => {
			const mean = draws.reduce((sum, d) => sum + d[name], 0) / DRAWS;
			const square = draws.reduce((sum, d) => sum + (d[name] - mean) ** 2, 0) / (DRAWS - 1);
			return [name, Math.sqrt(square)];
		})
	) as unknown as Parameters;
	const rows = [...accuracyRows(m, values), ...crossValidation(m, values)];
	// What parameters cannot explain: 95th percentiles of what was never fitted.
	const unseen = rows.filter((r) => r.id === 'batches' || /^cross-\d/.test(r.id));
	const residual = Math.max(...unseen.map((r) => r.p95)) / 100;
	const energyRows: EnergyRow[] = [
		...read('h100-batch.json').energy,
		...read('h100-steps.json').energy
	];
	const energy = fitEnergy(energyRows, values, h100());
	const write = async (name: string, text: string) => {
		const file = new URL(name, here);
		const options = await resolveConfig(file);
		writeFileSync(file, await format(text, { ...options, filepath: file.pathname }));
	};
	const compact = (p: Parameters) =>
		Object.fromEntries(parameterNames.map((n) => [n, three(p[n])]));
	await write(
		'parameters.json',
		`${JSON.stringify(
			{
				source: 'engine/cost/calibrate.ts, from tests/fixtures/measurements',
				device: 'h100-sxm',
				seed: SEED,
				values: compact(values),
				spread: compact(spread),
				residual: three(residual),
				energy,
				draws: draws.map((d) => parameterNames.map((n) => three(d[n])))
			},
			null,
			'\t'
		)}\n`
	);
	await write('accuracy.json', `${JSON.stringify(rows.map(round), null, '\t')}\n`);
	const knee = measuredKnees(m, values);
	await write(
		'knees.json',
		`${JSON.stringify(
			knee.map((k) => ({ ...k, measured: three(k.measured), predicted: three(k.predicted) })),
			null,
			'\t'
		)}\n`
	);
	writeFileSync(new URL('../../static/measurements/steps.json', here), siteSteps());
	const text = markdown(rows, measuredKnees(m, values), values, spread);
	await write('ACCURACY.md', text);
	process.stdout.write(text);
}

/** Every measured step in one small file for the site: device, model, tp, batch, slots, context, ms. */
function siteSteps(): string {
	const files = [
		['h100-sxm', 'h100-steps.json'],
		['h100-sxm', 'h100-batch.json'],
		['h100-sxm', 'h100-tp2.json'],
		['h200', 'h200-heldout.json']
	] as const;
	const rows = files.flatMap(([device, file]) => {
		const raw: RawSteps = read(file);
		return [...raw.steps, ...(raw.batch ?? [])].map((r) => ({
			device,
			model: modelOf(r.model).id,
			tp: r.tp ?? 1,
			batch: r.batch ?? 1,
			slots: r.q,
			context: r.kv,
			ms: r.ms
		}));
	});
	return `{"source":"tests/fixtures/measurements, 2026-11-24","steps":[\n${rows.map((r) => JSON.stringify(r)).join(',\n')}\n]}\n`;
}

const round = (r: AccuracyRow) => ({
	...r,
	median: three(r.median),
	p95: three(r.p95),
	worst: three(r.worst)
});

if (process.argv[1]?.endsWith('calibrate.ts')) await calibrate();
