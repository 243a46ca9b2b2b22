import { kvBytesPerSequence, weightBytes } from '../fits.ts';
import { tidarSlots, type Setup } from '../setup.ts';
import { stepCost } from '../step.ts';
import { simulate, type Load, type Service, type ServiceResult, type Step } from './simulate.ts';

/** Ways of decoding that a service can use. */
export type Decoding = 'ar' | 'speculative' | 'tidar';

/** Drafts k and the published mean of tokens a pass: arXiv 2511.08923, table 4. */
export const tidarOptions = [
	{ k: 4, tokens: 3.47 },
	{ k: 8, tokens: 5.49 },
	{ k: 16, tokens: 6.97 }
] as const;

/** EAGLE-3 with open weights: 3.3 to 4.5 tokens a round (arXiv 2511.08923); the middle, five drafts. */
export const speculativeOption = { drafts: 5, tokens: 3.9 } as const;

/** Share of a device's memory left for buffers and fragmentation. */
const RESERVE = 0.1;
const CONTEXT_GRID = 512;

/** Batches above 32 are rounded to one of 16 values a doubling. */
const gridBatch = (batch: number): number => {
	if (batch <= 32) return batch;
	const unit = Math.pow(2, Math.floor(Math.log2(batch)) - 4);
	return Math.round(batch / unit) * unit;
};

/**
 * One replica of a setup as the simulation sees it, its step times from the cost model (kept per
 * batch and 512 positions of context). TiDAR chooses, at every batch, the number of drafts, none
 * included, with the most tokens a second.
 * @throws RangeError when the weights alone do not fit.
 */
export function serviceOf(s: Setup, decoding: Decoding, chunk = 1024): Service {
	const room = s.device.capacity.value * 1e9 * (1 - RESERVE) - weightBytes(s);
	const perToken = kvBytesPerSequence(s, 4096) / 4096;
	const kvTokens = Math.floor(room / perToken);
	if (kvTokens < 1) {
		throw new RangeError(
			`${s.model.name} does not leave room for a cache on ${s.tp} x ${s.device.name}; use more devices or fewer bits.`
		);
	}
	const known = new Map<number, Step>();
	const prefills = new Map<number, { ms: number; joules: number }>();
	const at = (batch: number, context: number, slots: number, tokens: number): Step => {
		const cost = stepCost({ ...s, batch, context, slots, phase: 'decode' });
		return { ms: cost.ms, tokens, joules: cost.joules ?? 0 };
	};
	const compute = (batch: number, context: number): Step => {
		const plain = at(batch, context, 1, 1);
		if (decoding === 'ar') return plain;
		if (decoding === 'speculative') {
			const { drafts, tokens } = speculativeOption;
			const verify = at(batch, context, drafts + 1, tokens);
			const layer = { ...s, model: { ...s.model, layers: s.model.layers.slice(0, 1) } };
			const draft = stepCost({ ...layer, batch, context, slots: 1, phase: 'decode' });
			const speculative = {
				ms: verify.ms + drafts * draft.ms,
				tokens,
				joules: verify.joules + drafts * (draft.joules ?? 0)
			};
			return better(plain, speculative);
		}
		return tidarOptions
			.map(({ k, tokens }) => at(batch, context, tidarSlots(k), tokens))
			.reduce(better, plain);
	};
	return {
		kvTokens,
		maxBatch: 256,
		chunk,
		step(batch, context) {
			const b = gridBatch(batch);
			const c = Math.max(CONTEXT_GRID, Math.round(context / CONTEXT_GRID) * CONTEXT_GRID);
			const key = b * 4096 + c / CONTEXT_GRID;
			let step = known.get(key);
			if (!step) known.set(key, (step = compute(b, c)));
			return step;
		},
		prefill(tokens) {
			const slots = Math.max(64, Math.ceil(tokens / 64) * 64);
			let cost = prefills.get(slots);
			if (!cost) {
				const full = stepCost({ ...s, batch: 1, context: 512, slots, phase: 'prefill' });
				prefills.set(slots, (cost = { ms: full.ms, joules: full.joules ?? 0 }));
			}
			return cost;
		}
	};
}

const better = (a: Step, b: Step): Step => (b.tokens / b.ms > a.tokens / a.ms ? b : a);

/** What the operator promises: 95th percentiles in seconds. */
export interface Promise95 {
	readonly firstToken: number;
	readonly perToken: number;
}

export interface Fleet {
	readonly replicas: number;
	readonly devices: number;
	/** One replica under its share of the load. */
	readonly replica: ServiceResult;
	readonly joulesPerToken: number;
	/** USD per million tokens, where the device's rent is public. */
	readonly usdPerMillion: number | null;
}

const kept = (r: ServiceResult, promise: Promise95): boolean =>
	r.completed > 0 &&
	r.firstToken.p95 <= promise.firstToken &&
	r.perToken.p95 <= promise.perToken &&
	r.left <= Math.max(64, 3 * r.meanBatch + 16);

/**
 * The fewest replicas that keep a promise for `load` (the whole service's). Requests go to a replica at random, so
 * each sees an independent Poisson stream of its share, and one replica stands for all.
 * @param service of `s` and `decoding`; one that was used before knows its step times already.
 * @returns null when even one request at a time breaks the promise.
 */
export function fleetFor(
	s: Setup,
	decoding: Decoding,
	load: Load,
	promise: Promise95,
	{ seconds = 600, seed = 1, service = serviceOf(s, decoding) } = {}
): Fleet | null {
	const run = (replicas: number) =>
		simulate(
			service,
			{ ...load, arrivals: load.arrivals / replicas },
			{ seconds, seed, hopeless: 4 * service.maxBatch }
		);
	const most = Math.max(1, Math.ceil(load.arrivals * 600));
	// Fewer than this cannot even produce the tokens.
	const fullest = service.step(service.maxBatch, load.prompt.mean + load.answer.mean / 2);
	const tokensAtMost = (service.maxBatch * fullest.tokens * 1e3) / fullest.ms;
	let high = Math.max(1, Math.ceil((load.arrivals * load.answer.mean) / tokensAtMost / 2));
	let result = run(high);
	while (!kept(result, promise)) {
		if (high >= most) return null;
		high = Math.min(most, high * 2);
		result = run(high);
	}
	let low = high === 1 ? 0 : Math.floor(high / 2);
	// To within 2 %: the simulation's own noise.
	while (high - low > Math.max(1, high * 0.02)) {
		const middle = (low + high) >> 1;
		const tried = run(middle);
		if (kept(tried, promise)) [high, result] = [middle, tried];
		else low = middle;
	}
	const devices = high * s.tp;
	const tokens = Math.max(1, result.tokens);
	const idle = s.device.power
		? s.device.power.value * IDLE * s.tp * (1 - result.busy) * seconds
		: 0;
	const rent = s.device.rent?.value;
	return {
		replicas: high,
		devices,
		replica: result,
		joulesPerToken: (result.joules + idle) / tokens,
		usdPerMillion: rent
			? ((rent * s.tp) / 3600 / Math.max(1e-9, result.tokensPerSecond)) * 1e6
			: null
	};
}

/** Devices that plain decoding and TiDAR need for the same load and promise, and their ratio. */
export function compareFleets(s: Setup, load: Load, promise: Promise95) {
	const ar = fleetFor(s, 'ar', load, promise);
	const tidar = fleetFor(s, 'tidar', load, promise);
	return { ar, tidar, ratio: ar && tidar ? ar.devices / tidar.devices : null };
}

/** An idle H100 draws 120 of 700 W: measured, see tests/fixtures/measurements. */
const IDLE = 0.17;
