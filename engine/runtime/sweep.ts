import * as v from 'valibot';
import { bestShape, type ShapeChoice, type Yield } from '../decode/bestShape.ts';
import type { Forward } from '../decode/index.ts';
import { arSpec, layout, tidarSpec, type LayoutSpec } from '../mask/index.ts';
import type { Manifest } from './manifest.ts';

/** Steps that are measured; the k between are interpolated. 2 to 272 slots. */
const KS = [1, 2, 4, 6, 8, 10, 12, 14, 16];
/** Passes that build pipelines, are recorded, and repeat for the first time. */
const WARM = 3;

/** Median milliseconds of passes on one device. */
export interface Sweep {
	readonly device: string;
	/** Hash of the model's weights. */
	readonly weights: string;
	readonly ar: number;
	readonly steps: readonly { readonly k: number; readonly ms: number }[];
}

const sweepSchema = v.object({
	device: v.string(),
	weights: v.string(),
	ar: v.number(),
	steps: v.array(v.object({ k: v.number(), ms: v.number() }))
});

/** How a sweep is made. */
export interface SweepOptions {
	/** Measured passes of each kind. */
	readonly passes?: number;
	/** Steps that are measured, fewest slots first. */
	readonly ks?: readonly number[];
	/** Milliseconds after which no further pass is begun. */
	readonly patience?: number;
	readonly signal?: AbortSignal;
}

/**
 * Measures warm passes of one slot and of TiDAR's steps over an empty cache, which is left empty. Takes
 * about (3 + passes) · 10 passes; where patience ends before, the steps of large k are missing, and undefined is
 * returned where it ends before the first. A pass in progress is waited for; an aborted signal ends it
 * with its reason.
 */
export async function measureSweep(
	forward: Forward,
	{ device, weights }: Pick<Sweep, 'device' | 'weights'>,
	{ passes = 9, ks = KS, patience = Infinity, signal }: SweepOptions = {}
): Promise<Sweep | undefined> {
	forward.truncate(0);
	const end = performance.now() + patience;
	const median = async (spec: LayoutSpec) => {
		const plan = layout(spec);
		const tokens = plan.slots.map(() => forward.model.mask);
		const times: number[] = [];
		for (let i = 0; i < WARM + passes; i++) {
			signal?.throwIfAborted();
			if (performance.now() > end) return undefined;
			const { times: measured } = await forward.run({ layout: plan, tokens });
			if (i >= WARM) times.push(measured.total);
		}
		return times.sort((a, b) => a - b)[passes >> 1]!;
	};
	const ar = await median(arSpec);
	const steps: { k: number; ms: number }[] = [];
	for (const k of ks) {
		const ms = await median(tidarSpec(k));
		if (ms === undefined) break;
		steps.push({ k, ms });
	}
	return ar === undefined || steps.length === 0 ? undefined : { device, weights, ar, steps };
}

/** The k for a device and model, from a sweep and the model's evaluated T/NFE. */
export const shapeOf = (sweep: Sweep, manifest: Manifest): ShapeChoice =>
	bestShape(sweep.ar, sweep.steps, yieldsOf(manifest));

/** The part of the evaluation that is read here: greedy T/NFE with 4-bit weights, as the graphs have. */
const evaluationSchema = v.object({
	runs: v.array(
		v.object({
			prompts: v.number(),
			drafts: v.record(
				v.string(),
				v.record(v.string(), v.record(v.string(), v.object({ all: v.nullable(v.number()) })))
			)
		})
	)
});

/** T/NFE by k as the manifest's evaluation has it, of the run over most prompts; null where it has none. */
export function yieldsOf({ evaluation }: Pick<Manifest, 'evaluation'>): Yield[] | null {
	const parsed = v.safeParse(evaluationSchema, evaluation);
	if (!parsed.success) return null;
	const [run] = [...parsed.output.runs].sort((a, b) => b.prompts - a.prompts);
	const found = run?.drafts['4-bit']?.['temperature 0'] ?? {};
	const yields = Object.entries(found).flatMap(([name, { all }]) => {
		const k = /^k(\d+)$/.exec(name)?.[1];
		return k && all ? [{ k: Number(k), tokensPerPass: all }] : [];
	});
	return yields.length > 0 ? yields.sort((a, b) => a.k - b.k) : null;
}

const CACHE = 'tidar-lab:measured';
const keyOf = (device: string, weights: string) =>
	`https://measured.invalid/sweep/${encodeURIComponent(device)}/${weights}`;

/** What was measured before on this device, if it was. */
export async function recallSweep(device: string, weights: string): Promise<Sweep | undefined> {
	try {
		const response = await (await caches.open(CACHE)).match(keyOf(device, weights));
		const parsed = v.safeParse(sweepSchema, await response?.json());
		return parsed.success ? parsed.output : undefined;
	} catch {
		return undefined;
	}
}

/** Keeps a sweep for later loads, where the browser lets it. */
export async function rememberSweep(sweep: Sweep): Promise<void> {
	try {
		const cache = await caches.open(CACHE);
		await cache.put(keyOf(sweep.device, sweep.weights), new Response(JSON.stringify(sweep)));
	} catch {
		// Private browsing: it will be measured again.
	}
}
