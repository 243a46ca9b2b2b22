import { readFileSync } from 'node:fs';
import { kernelSets, nearest, setup, TENSOR_PARALLEL, weightFormats } from '../cost/index.ts';
import { devices } from '../hardware/index.ts';
import { models } from '../models/index.ts';
import {
	layRun,
	paceOf,
	perfettoJson,
	runDecoders,
	type Acceptance,
	type RunDecoder
} from '../timeline/index.ts';
import { UsageError } from './arguments.ts';

const text = { type: 'string' } as const;
export const traceOptions = {
	gpu: text,
	model: text,
	decoder: text,
	steps: text,
	tokens: text,
	drafts: text,
	block: text,
	denoise: text,
	rate: text,
	seed: text,
	session: text,
	context: text,
	batch: text,
	weights: text,
	kernels: text,
	tp: text,
	out: text,
	help: { type: 'boolean' }
} as const;
export type TraceOptions = { -readonly [K in keyof typeof traceOptions]?: string | boolean };

const HELP = `A decode run as kernels on lanes over time, as a trace that ui.perfetto.dev opens.

  npm run --silent trace -- --gpu h100-sxm --model qwen3-8b --decoder tidar --steps 20 --out run.json

  --gpu ID        accelerator (default h100-sxm); npm run sim -- --list prints all
  --model ID      architecture (default qwen3-8b)
  --decoder D     ${runDecoders.join(', ')}; several, separated by commas, go on one clock (default tidar)
  --steps N       rounds (default 20): passes of AR and TiDAR, drafts with their verification, blocks of diffusion
  --tokens N      end at so many tokens, if that is earlier
  --drafts N      drafts a round: k of TiDAR, gamma of speculation (default 8)
  --block N --denoise N   positions of a diffusion block, and passes over it (default 32, 8)
  --rate A        chance that a draft is right (default 0.8), drawn with --seed N (default 1)
  --session FILE  accepted lengths of a recorded session instead
  --context N --batch N --weights F --kernels S --tp N   as in npm run sim
  --out FILE      where to; else to standard output
`;

const choose = <T extends string>(what: string, typed: string, all: readonly T[]): T => {
	if ((all as readonly string[]).includes(typed)) return typed as T;
	throw new UsageError(
		`--${what}: '${typed}' is unknown. Did you mean ${nearest(typed, all).join(', ')}?`
	);
};

const number = (what: string, typed: string, least: number, most: number, whole = true): number => {
	const value = Number(typed);
	const fits = typed.trim() !== '' && value >= least && value <= most;
	if (!fits || (whole && !Number.isInteger(value))) {
		throw new UsageError(
			`--${what}: '${typed}' must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`
		);
	}
	return value;
};

/** Accepted lengths of a session file. */
function lengthsOf(path: string): number[] {
	let session: { steps?: { kind?: string; emitted?: unknown[] }[] };
	try {
		session = JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw new UsageError(`--session: '${path}' cannot be read: ${(error as Error).message}.`);
	}
	const decoded = Array.isArray(session?.steps)
		? session.steps.filter((step) => step?.kind === 'decode' && Array.isArray(step.emitted))
		: [];
	const lengths = decoded.map(({ emitted }) => emitted!.length).filter((length) => length > 0);
	if (lengths.length === 0) {
		throw new UsageError(`--session: '${path}' holds no decoded steps; record one on /decode.`);
	}
	return lengths;
}

/**
 * Runs the command: the trace, where it goes, and one sentence about it.
 * @throws UsageError with a sentence for the user
 */
export function traceCommand(o: TraceOptions): { text: string; out?: string; told: string } {
	if (o.help) return { text: HELP, told: '' };
	const given = (name: keyof TraceOptions, fallback: string) => String(o[name] ?? fallback);
	const whole = (name: keyof TraceOptions, fallback: string, least: number, most: number) =>
		number(name, given(name, fallback), least, most);
	const ids = <T extends { id: string }>(all: readonly T[]) => all.map(({ id }) => id);
	const gpu = choose('gpu', given('gpu', 'h100-sxm'), ids(devices));
	const model = choose('model', given('model', 'qwen3-8b'), ids(models));
	const decoders = given('decoder', 'tidar')
		.split(',')
		.map((name): RunDecoder => choose('decoder', name.trim(), runDecoders));
	const acceptance: Acceptance =
		o.session === undefined
			? {
					kind: 'geometric',
					rate: number('rate', given('rate', '0.8'), 0, 1, false),
					seed: whole('seed', '1', 0, 2 ** 31 - 1)
				}
			: { kind: 'recorded', lengths: lengthsOf(String(o.session)) };
	try {
		const s = setup({
			device: devices.find(({ id }) => id === gpu)!,
			model: models.find(({ id }) => id === model)!,
			context: whole('context', '1024', 0, 1e8),
			batch: whole('batch', '1', 1, 65536),
			weights: choose('weights', given('weights', 'bf16'), keys(weightFormats)),
			kernels: choose('kernels', given('kernels', 'pytorch-fused'), keys(kernelSets)),
			tp: Number(choose('tp', given('tp', '1'), TENSOR_PARALLEL.map(String)))
		});
		const runs = decoders.map((decoder) => ({
			name: `${decoder}, ${s.model.name} on ${s.device.name}`,
			timeline: layRun({
				decoder,
				setup: s,
				drafts: whole('drafts', '8', 1, 16),
				block: whole('block', '32', 1, 1024),
				denoise: whole('denoise', '8', 1, 1024),
				acceptance,
				steps: whole('steps', '20', 1, 1000),
				...(o.tokens === undefined ? {} : { tokens: whole('tokens', '', 1, 100_000) })
			})
		}));
		const told = runs
			.map(({ name, timeline }) => {
				const { tokens, perSecond } = paceOf(timeline);
				return `${name}: ${timeline.passes.length} passes, ${tokens} tokens in ${timeline.duration.toPrecision(4)} ms (${perSecond.toPrecision(3)} tokens/s), ${timeline.slices.length} slices.`;
			})
			.join(' ');
		const out = o.out === undefined ? {} : { out: String(o.out) };
		return { text: perfettoJson(runs), told, ...out };
	} catch (error) {
		if (error instanceof RangeError) throw new UsageError(error.message);
		throw error;
	}
}

const keys = <T extends object>(o: T) => Object.keys(o) as (keyof T & string)[];
