import { seeded } from '../random.ts';

/** What one engine step does for a batch: its time, the tokens each sequence gains, its energy. */
export interface Step {
	readonly ms: number;
	readonly tokens: number;
	readonly joules: number;
}

/** One replica: the devices that hold one copy of the model. */
export interface Service {
	/** Step of `batch` sequences with a mean length of `context`. */
	step(batch: number, context: number): Step;
	/** Added to a step when it also encodes `tokens` prompt tokens. */
	prefill(tokens: number): { ms: number; joules: number };
	/** Positions whose keys and values fit; a request reserves prompt and answer. */
	readonly kvTokens: number;
	readonly maxBatch: number;
	/** Prompt tokens per step at most. */
	readonly chunk: number;
}

/** Lengths in tokens; 'lognormal' has a coefficient of variation of 1. */
export interface Lengths {
	readonly mean: number;
	readonly shape: 'fixed' | 'exponential' | 'lognormal';
}

export interface Load {
	/** Poisson arrivals a second. */
	readonly arrivals: number;
	readonly prompt: Lengths;
	readonly answer: Lengths;
}

/** Percentiles 50, 90, 95, 99 and the mean. */
export interface Percentiles {
	readonly mean: number;
	readonly p50: number;
	readonly p90: number;
	readonly p95: number;
	readonly p99: number;
}

export interface ServiceResult {
	readonly completed: number;
	/** Requests turned away because one alone exceeds the KV capacity. */
	readonly refused: number;
	/** Seconds from arrival to the first token, per token after it, and to the last. */
	readonly firstToken: Percentiles;
	readonly perToken: Percentiles;
	readonly total: Percentiles;
	/** Tokens a second of the replica, and the median user's. */
	readonly tokensPerSecond: number;
	readonly tokensPerSecondOfUser: number;
	/** Time averages: requests in the system, sequences in the batch, share of time with work. */
	readonly inSystem: number;
	readonly meanBatch: number;
	readonly busy: number;
	/** Requests still waiting or running at the end: grows without bound when overloaded. */
	readonly left: number;
	readonly joules: number;
	readonly tokens: number;
}

/** How long to simulate; `hopeless` ends the run early once that many requests wait. */
export interface Run {
	readonly seconds: number;
	readonly warmup?: number;
	readonly seed?: number;
	readonly hopeless?: number;
}

interface Request {
	readonly arrived: number;
	readonly prompt: number;
	readonly answer: number;
	encoded: number;
	first: number;
	/** Value of the token clock at which its answer is complete. */
	ends: number;
}

/**
 * Simulates one replica for `seconds` after a warm-up, event by event: arrivals, chunks of prompts,
 * completions; runs of equal decode steps between events are taken at once. Deterministic in `seed`.
 *
 * Every running sequence gains the same tokens a step, so a single token clock serves all, and the
 * next to complete is the head of a heap. Requests are admitted in order while their positions fit.
 */
export function simulate(
	service: Service,
	load: Load,
	{ seconds, warmup = seconds / 10, seed = 1, hopeless = Infinity }: Run
): ServiceResult {
	const random = seeded(seed);
	const gap = () => -Math.log(1 - random()) / load.arrivals;
	const waiting: Request[] = [];
	let head = 0;
	const encoding: Request[] = [];
	let encodingHead = 0;
	const running = new Heap<Request>((r) => r.ends);
	let [now, clock, reserved, lengths] = [0, 0, 0, 0];
	let nextArrival = gap();
	const end = warmup + seconds;
	const firsts: number[] = [];
	const perTokens: number[] = [];
	const totals: number[] = [];
	let [refused, joules, tokens, busy, areaSystem, areaBatch] = [0, 0, 0, 0, 0, 0];

	const inSystem = () => waiting.length - head + (encoding.length - encodingHead) + running.size;
	/** Integrates what is averaged over time, from `now` to `until`. */
	const pass = (until: number, working: boolean) => {
		const counted = Math.min(until, end) - Math.max(now, warmup);
		if (counted > 0) {
			areaSystem += counted * inSystem();
			areaBatch += counted * running.size;
			if (working) busy += counted;
		}
		now = until;
	};
	const arrive = () => {
		while (nextArrival <= now) {
			const prompt = Math.round(draw(load.prompt, random));
			const answer = Math.max(1, Math.round(draw(load.answer, random)));
			if (prompt + answer > service.kvTokens) refused++;
			else {
				waiting.push({ arrived: nextArrival, prompt, answer, encoded: 0, first: 0, ends: 0 });
			}
			nextArrival += gap();
		}
		if (head > 4096) head -= waiting.splice(0, head).length;
	};
	const admit = () => {
		while (head < waiting.length) {
			const r = waiting[head]!;
			const active = running.size + encoding.length - encodingHead;
			if (active >= service.maxBatch || reserved + r.prompt + r.answer > service.kvTokens) return;
			head++;
			reserved += r.prompt + r.answer;
			if (r.prompt === 0) start(r);
			else encoding.push(r);
		}
		if (encodingHead > 4096) encodingHead -= encoding.splice(0, encodingHead).length;
	};
	const start = (r: Request) => {
		r.first = now;
		r.ends = clock + r.answer;
		lengths += r.prompt - clock;
		running.push(r);
	};
	const finish = () => {
		while (running.size && running.top().ends <= clock + 1e-9) {
			const r = running.pop();
			reserved -= r.prompt + r.answer;
			lengths -= r.prompt - (r.ends - r.answer);
			if (r.arrived < warmup || now > end) continue;
			firsts.push(r.first - r.arrived);
			perTokens.push((now - r.first) / r.answer);
			totals.push(now - r.arrived);
		}
	};

	while (now < end) {
		arrive();
		admit();
		if (waiting.length - head > hopeless) break;
		const batch = running.size;
		const toEncode = encodingHead < encoding.length;
		if (!batch && !toEncode) {
			pass(nextArrival, false);
			continue;
		}
		const step = batch
			? service.step(batch, lengths / batch + clock)
			: { ms: 0, tokens: 0, joules: 0 };
		let [ms, energy, steps] = [step.ms, step.joules, 1];
		const done: Request[] = [];
		if (toEncode) {
			let left = service.chunk;
			while (left > 0 && encodingHead < encoding.length) {
				const r = encoding[encodingHead]!;
				const part = Math.min(left, r.prompt - r.encoded);
				r.encoded += part;
				left -= part;
				if (r.encoded === r.prompt) done.push(encoding[encodingHead++]!);
			}
			const prefill = service.prefill(service.chunk - left);
			ms += prefill.ms;
			energy += prefill.joules;
		} else {
			const toCompletion = Math.ceil((running.top().ends - clock) / step.tokens - 1e-9);
			// An arrival matters only if it can be admitted; context is refreshed every 256 steps.
			const waitingRoom = batch < service.maxBatch;
			const toArrival = waitingRoom ? Math.ceil(((nextArrival - now) * 1e3) / step.ms) : Infinity;
			steps = Math.max(1, Math.min(toCompletion, toArrival, 256));
		}
		const before = now;
		pass(now + (steps * ms) / 1e3, true);
		clock += steps * step.tokens;
		if (before >= warmup) {
			joules += steps * energy;
			tokens += steps * step.tokens * batch;
		}
		finish();
		for (const r of done) start(r);
	}
	const span = Math.max(1e-9, now - warmup);
	const perToken = percentiles(perTokens);
	return {
		completed: totals.length,
		refused,
		firstToken: percentiles(firsts),
		perToken,
		total: percentiles(totals),
		tokensPerSecond: tokens / span,
		tokensPerSecondOfUser: perToken.p50 > 0 ? 1 / perToken.p50 : 0,
		inSystem: areaSystem / seconds,
		meanBatch: areaBatch / seconds,
		busy: busy / seconds,
		left: inSystem(),
		joules,
		tokens
	};
}

function draw({ mean, shape }: Lengths, random: () => number): number {
	if (shape === 'fixed' || mean === 0) return mean;
	if (shape === 'exponential') return -Math.log(1 - random()) * mean;
	// Coefficient of variation 1: sigma² = ln 2.
	const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
	return mean * Math.exp(Math.sqrt(Math.LN2) * normal - Math.LN2 / 2);
}

function percentiles(values: number[]): Percentiles {
	if (!values.length) return { mean: 0, p50: 0, p90: 0, p95: 0, p99: 0 };
	const sorted = Float64Array.from(values).sort();
	const at = (share: number) =>
		sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
	const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
	return { mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** A binary heap, least key first. */
class Heap<T> {
	#items: T[] = [];
	readonly #key: (item: T) => number;
	constructor(key: (item: T) => number) {
		this.#key = key;
	}
	get size(): number {
		return this.#items.length;
	}
	top(): T {
		return this.#items[0]!;
	}
	push(item: T): void {
		const a = this.#items;
		let i = a.push(item) - 1;
		while (i > 0) {
			const parent = (i - 1) >> 1;
			if (this.#key(a[parent]!) <= this.#key(item)) break;
			a[i] = a[parent]!;
			i = parent;
		}
		a[i] = item;
	}
	pop(): T {
		const a = this.#items;
		const top = a[0]!;
		const last = a.pop()!;
		const n = a.length;
		if (n) {
			let i = 0;
			for (;;) {
				let child = 2 * i + 1;
				if (child >= n) break;
				if (child + 1 < n && this.#key(a[child + 1]!) < this.#key(a[child]!)) child++;
				if (this.#key(a[child]!) >= this.#key(last)) break;
				a[i] = a[child]!;
				i = child;
			}
			a[i] = last;
		}
		return top;
	}
}
