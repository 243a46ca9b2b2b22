import {
	kernelSets,
	kvFormats,
	nearest,
	setup,
	SLOT_AXIS,
	stepBand,
	stepCost,
	sweep,
	TENSOR_PARALLEL,
	weightFormats,
	type Axis,
	type Setup
} from '../cost/index.ts';
import { claims } from '../cost/claims.ts';
import { fleetFor, type Decoding } from '../cost/serving/index.ts';
import { devices } from '../hardware/index.ts';
import { models } from '../models/index.ts';
import { tellRemedy } from './words.ts';

/** Something in the command line is wrong; the message says what, where and what to do. */
export class UsageError extends Error {}

export type SimOptions = Partial<Record<string, string | boolean>>;

const HELP = `Cost of one forward pass on an accelerator.

  npm run --silent sim -- --gpu h100-sxm --model qwen3-8b [options]

  --gpu ID        accelerator (default h100-sxm); --list prints all
  --model ID      architecture (default qwen3-8b); --list prints all
  --slots N       token slots per sequence (default 1; TiDAR with k drafts: k + k*k, so 72 for k = 8)
  --context N     cached positions (default 1024)
  --batch N       sequences (default 1)
  --weights F     ${Object.keys(weightFormats).join(', ')} (default bf16)
  --kv F          ${Object.keys(kvFormats).join(', ')} (default bf16)
  --tp N          devices that share every matrix: ${TENSOR_PARALLEL.join(', ')} (default 1)
  --kernels S     ${Object.keys(kernelSets).join(', ')} (default pytorch-fused)
  --launch L      graph, single (default graph)
  --phase P       decode, prefill (default decode)
  --json          one JSON object: ms, memoryMs, computeMs, launchMs, communicationMs, bytes, flops,
                  parts,
                  intensity, bound, fits, joules, band, operators. Times in ms; bytes and FLOPs of one device;
                  joules of all
  --sweep AXIS    CSV over slots, batch or context
  --serve         a service instead of a step: devices for a load, decoding by AR, speculation and TiDAR
    --users N       people using it (default 1000), each asking --rate times an hour (default 20)
    --prompt N --answer N   mean tokens (default 500, 300)
    --first-token S --per-token S   95th percentiles promised, in seconds (default 1, 0.03)
  --claims        the article's and the papers' numbers, derived
  --list          accelerators and models
`;

function choose<T extends { id: string }>(what: string, typed: string, all: readonly T[]): T {
	const found = all.find((item) => item.id === typed);
	if (found) return found;
	const near = nearest(
		typed,
		all.map((item) => item.id)
	);
	throw new UsageError(
		`--${what}: '${typed}' is unknown. Did you mean ${near.join(', ')}? --list prints all.`
	);
}

function oneOf<T extends string>(what: string, typed: string, all: readonly T[]): T {
	if ((all as readonly string[]).includes(typed)) return typed as T;
	throw new UsageError(
		`--${what}: '${typed}' is unknown. Did you mean ${nearest(typed, all, 1)[0]}? Possible: ${all.join(', ')}.`
	);
}

function number(what: string, typed: string, whole = true): number {
	const value = Number(typed);
	if (typed.trim() === '' || !Number.isFinite(value) || (whole && !Number.isInteger(value))) {
		throw new UsageError(`--${what}: '${typed}' is not a ${whole ? 'whole ' : ''}number.`);
	}
	return value;
}

/** Reads the options that make up a setup. */
function setupFrom(o: SimOptions): Setup {
	const text = (name: string, fallback: string) => String(o[name] ?? fallback);
	return setup({
		device: choose('gpu', text('gpu', 'h100-sxm'), devices),
		model: choose('model', text('model', 'qwen3-8b'), models),
		slots: number('slots', text('slots', '1')),
		context: number('context', text('context', '1024')),
		batch: number('batch', text('batch', '1')),
		tp: number('tp', text('tp', '1')),
		weights: oneOf('weights', text('weights', 'bf16'), keys(weightFormats)),
		kv: oneOf('kv', text('kv', 'bf16'), keys(kvFormats)),
		kernels: oneOf('kernels', text('kernels', 'pytorch-fused'), keys(kernelSets)),
		launch: oneOf<Setup['launch']>('launch', text('launch', 'graph'), ['graph', 'single']),
		phase: oneOf<Setup['phase']>('phase', text('phase', 'decode'), ['decode', 'prefill'])
	});
}

const keys = <T extends object>(o: T) => Object.keys(o) as (keyof T & string)[];

/**
 * Runs the command and returns what it prints.
 * @throws UsageError or RangeError with a sentence for the user.
 */
export function simCommand(o: SimOptions): string {
	if (o.help) return HELP;
	if (o.list) return list();
	if (o.claims) return claimsTable(Boolean(o.json));
	const s = setupFrom(o);
	if (o.serve) return serve(s, o);
	if (o.sweep) return sweepCsv(s, oneOf('sweep', String(o.sweep), ['slots', 'batch', 'context']));
	return o.json ? json(s) : table(s);
}

const list = () =>
	[
		'Accelerators',
		...devices.map((d) => `  ${d.id.padEnd(20)} ${d.name}`),
		'Models',
		...models.map((m) => `  ${m.id.padEnd(20)} ${m.name}`),
		''
	].join('\n');

function json(s: Setup): string {
	const { fit, ...cost } = stepCost(s);
	const choice = {
		gpu: s.device.id,
		model: s.model.id,
		slots: s.slots,
		context: s.context,
		batch: s.batch,
		weights: s.weights,
		kv: s.kv,
		tp: s.tp,
		kernels: s.kernels,
		launch: s.launch,
		phase: s.phase
	};
	const memory = { ...fit, remedies: fit.remedies.map((remedy) => tellRemedy(remedy, s.tp > 1)) };
	return `${JSON.stringify({ ...choice, ...cost, band: stepBand(s), memory }, null, 2)}\n`;
}

const significant = (x: number, n = 3) =>
	x === 0
		? '0'
		: Math.abs(x) >= 1000
			? Math.round(x).toLocaleString('en')
			: Number(x.toPrecision(n)).toString();

function table(s: Setup): string {
	const cost = stepCost(s);
	const band = stepBand(s);
	const gigabytes = (x: number) => `${significant(x / 1e9)} GB`;
	const row = (cells: string[]) =>
		cells.map((c, i) => (i ? c.padStart(11) : c.padEnd(12))).join('');
	const lines = [
		`${s.model.name} on ${s.tp > 1 ? `${s.tp} x ` : ''}${s.device.name}: ${s.batch} x ${s.slots} slots on ${s.context} positions, ${s.weights} weights, ${s.kv} KV, ${kernelSets[s.kernels].name}, ${s.phase}`,
		'',
		`step        ${significant(cost.ms)} ms (90 % band ${significant(band.low)} to ${significant(band.high)} ms${band.extrapolated ? ', extrapolated' : ''})`,
		`waits for   ${cost.bound}`,
		`memory      ${significant(cost.memoryMs)} ms for ${gigabytes(cost.bytes)}`,
		`compute     ${significant(cost.computeMs)} ms for ${significant(cost.flops / 1e9)} GFLOP; ${significant(100 * cost.idleCompute, 4)} % of the datasheet rate unused`,
		`launches    ${significant(cost.launchMs)} ms for ${cost.launches}`,
		...(s.tp > 1 ? [`links       ${significant(cost.communicationMs)} ms`] : []),
		`intensity   ${significant(cost.intensity)} FLOP/byte`,
		...(cost.joules === null ? [] : [`energy      ${significant(cost.joules)} J`]),
		cost.fits
			? `memory used ${gigabytes(cost.fit.needed)} of ${gigabytes(cost.fit.capacity)} a device`
			: `DOES NOT FIT: needs ${gigabytes(cost.fit.needed)} of ${gigabytes(cost.fit.capacity)} a device. What would: ${cost.fit.remedies.map((remedy) => tellRemedy(remedy, s.tp > 1)).join('; ')}.`,
		'',
		row(['operator', 'ms', 'memory ms', 'compute ms', 'launch ms', 'MB', 'GFLOP', 'FLOP/byte']),
		...cost.operators.map((op) =>
			row([
				op.operator,
				significant(op.ms),
				significant(op.memoryMs),
				significant(op.computeMs),
				significant(op.launchMs),
				significant(op.bytes / 1e6),
				significant(op.flops / 1e9),
				significant(op.intensity)
			])
		),
		''
	];
	return lines.join('\n');
}

const AXES: Record<Axis, readonly number[]> = {
	slots: SLOT_AXIS,
	batch: [1, 2, 4, 8, 16, 32, 64, 128, 256],
	context: [0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]
};

function sweepCsv(s: Setup, axis: Axis): string {
	const rows = sweep(s, axis, AXES[axis]).map((p) =>
		[p.value, p.ms, p.memoryMs, p.computeMs, p.launchMs, p.bytes, p.flops, p.intensity]
			.map((x) => Number(x.toPrecision(6)))
			.concat(Number(p.ratio.toPrecision(5)))
			.join(',')
			.concat(`,${p.bound},${p.zone},${p.fits}`)
	);
	return [
		`${axis},ms,memoryMs,computeMs,launchMs,bytes,flops,intensity,ratio,bound,zone,fits`,
		...rows,
		''
	].join('\n');
}

function claimsTable(asJson: boolean): string {
	const all = claims();
	if (asJson) return `${JSON.stringify(all, null, 2)}\n`;
	return all
		.map(
			(c) => `${c.stated}\n  ${c.verdict}: ${significant(c.derived, 4)} ${c.unit}. ${c.because}\n`
		)
		.join('');
}

function serve(s: Setup, o: SimOptions): string {
	const option = (name: string, fallback: string, whole = false) =>
		number(name, String(o[name] ?? fallback), whole);
	const arrivals = (option('users', '1000') * option('rate', '20')) / 3600;
	const load = {
		arrivals,
		prompt: { mean: option('prompt', '500'), shape: 'lognormal' },
		answer: { mean: option('answer', '300'), shape: 'lognormal' }
	} as const;
	if (!(arrivals > 0) || !(load.answer.mean >= 1) || !(load.prompt.mean >= 0)) {
		throw new UsageError('--serve: users, rate and answer must be positive, prompt not negative.');
	}
	const promise = { firstToken: option('first-token', '1'), perToken: option('per-token', '0.03') };
	const ways: Decoding[] = ['ar', 'speculative', 'tidar'];
	const fleets = ways.map((decoding) => ({
		decoding,
		fleet: fleetFor(s, decoding, load, promise)
	}));
	if (o.json) return `${JSON.stringify({ load, promise, fleets }, null, 2)}\n`;
	const lines = fleets.map(({ decoding, fleet: f }) =>
		f
			? `${decoding.padEnd(12)}${String(f.devices).padStart(8)}${significant(f.replica.firstToken.p95).padStart(14)}${significant(1e3 * f.replica.perToken.p95).padStart(15)}${significant(f.replica.tokensPerSecondOfUser).padStart(14)}${significant(f.replica.meanBatch).padStart(8)}${significant(f.joulesPerToken).padStart(9)}${(f.usdPerMillion === null ? '-' : significant(f.usdPerMillion)).padStart(11)}`
			: `${decoding.padEnd(12)} cannot keep the promise`
	);
	return [
		`${s.model.name} on ${s.device.name}, ${significant(arrivals)} requests a second, promise (95 %): first token ${promise.firstToken} s, ${1e3 * promise.perToken} ms a token`,
		'decoding     devices  first token s  per token ms  tokens/s/user  batch  J/token  $/M tokens',
		...lines,
		''
	].join('\n');
}
