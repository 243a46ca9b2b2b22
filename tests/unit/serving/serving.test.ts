import { describe, expect, it } from 'vitest';
import {
	compareFleets,
	fleetFor,
	serviceOf,
	simulate,
	type Load,
	type Service
} from '../../../engine/cost/serving/index.ts';
import { of } from '../cost/helpers.ts';

/** One server: a step of 1 ms gives one token, so an answer of n tokens takes n ms of service. */
const server = (maxBatch = 1): Service => ({
	step: () => ({ ms: 1, tokens: 1, joules: 0 }),
	prefill: () => ({ ms: 0, joules: 0 }),
	kvTokens: 1e9,
	maxBatch,
	chunk: 1
});
const load = (arrivals: number, shape: 'fixed' | 'exponential', mean = 1000): Load => ({
	arrivals,
	prompt: { mean: 0, shape: 'fixed' },
	answer: { mean, shape }
});
const near = (value: number, expected: number, share: number) =>
	expect(Math.abs(value / expected - 1), `${value} against ${expected}`).toBeLessThan(share);

describe('against queueing theory', () => {
	it.each([0.3, 0.6, 0.8])('M/M/1 at load %f: mean time in the system 1 / (mu - lambda)', (rho) => {
		const r = simulate(server(), load(rho, 'exponential'), { seconds: 4e5, seed: 7 });
		near(r.total.mean, 1 / (1 - rho), 0.05);
		near(r.busy, rho, 0.02);
		near(r.inSystem, rho / (1 - rho), 0.06);
	});

	it.each([0.3, 0.6, 0.8])('M/D/1 at load %f: wait rho / (2 mu (1 - rho)) plus service', (rho) => {
		const r = simulate(server(), load(rho, 'fixed'), { seconds: 4e5, seed: 8 });
		near(r.total.mean, 1 + rho / (2 * (1 - rho)), 0.03);
		near(r.firstToken.mean, rho / (2 * (1 - rho)), 0.06);
	});

	it('M/M/1: time in the system is exponential, its 95th percentile ln 20 times the mean', () => {
		const r = simulate(server(), load(0.6, 'exponential'), { seconds: 4e5, seed: 9 });
		near(r.total.p95, Math.log(20) / 0.4, 0.06);
	});

	it("Little's law: requests in the system are arrivals times time there, whatever the service", () => {
		const s = of('h100-sxm', 'qwen3-8b');
		const busy: Load = {
			arrivals: 8,
			prompt: { mean: 500, shape: 'lognormal' },
			answer: { mean: 300, shape: 'lognormal' }
		};
		const r = simulate(serviceOf(s, 'ar'), busy, { seconds: 1800, seed: 3 });
		near(r.inSystem, (r.completed / 1800) * r.total.mean, 0.02);
	});

	it('processor sharing: a batch of unlimited size and constant steps is M/G/infinity, mean lambda / mu', () => {
		const r = simulate(server(1e6), load(20, 'exponential'), { seconds: 2e4, seed: 4 });
		near(r.inSystem, 20, 0.03);
		near(r.total.mean, 1, 0.02);
	});
});

describe('simulate(service, load, run)', () => {
	it('is the same for the same seed and differs for another', () => {
		const run = (seed: number) =>
			simulate(server(4), load(3, 'exponential'), { seconds: 500, seed });
		expect(run(1)).toEqual(run(1));
		expect(run(1).total.mean).not.toBe(run(2).total.mean);
	});

	it('reports overload as requests left over, and stops early when told it is hopeless', () => {
		const over = simulate(server(), load(2, 'fixed'), { seconds: 5000, seed: 1 });
		near(over.left, 5500, 0.05);
		near(over.busy, 1, 0.001);
		const stopped = simulate(server(), load(2, 'fixed'), { seconds: 5000, seed: 1, hopeless: 100 });
		expect(stopped.left).toBeLessThan(110);
	});

	it('never keeps more positions than fit, and refuses what never could', () => {
		const small: Service = { ...server(64), kvTokens: 1000 };
		const r = simulate(small, load(1, 'fixed', 400), { seconds: 2000, seed: 1 });
		expect(r.meanBatch).toBeLessThanOrEqual(2);
		expect(simulate(small, load(1, 'fixed', 1001), { seconds: 50, seed: 1 }).completed).toBe(0);
		expect(
			simulate(small, load(1, 'fixed', 1001), { seconds: 50, seed: 1 }).refused
		).toBeGreaterThan(0);
	});

	it('encodes prompts in chunks before the first token', () => {
		const chunked: Service = {
			...server(1),
			prefill: (tokens) => ({ ms: tokens, joules: 1 }),
			chunk: 100
		};
		const prompts: Load = { ...load(0.01, 'fixed', 10), prompt: { mean: 250, shape: 'fixed' } };
		const r = simulate(chunked, prompts, { seconds: 1e5, seed: 1 });
		near(r.firstToken.p50, 0.25, 0.001);
		near(r.total.p50, 0.26, 0.001);
	});
});

describe('a fleet of H100 with Qwen3 8B', () => {
	const s = of('h100-sxm', 'qwen3-8b');
	const asked: Load = {
		arrivals: 40,
		prompt: { mean: 400, shape: 'fixed' },
		answer: { mean: 200, shape: 'fixed' }
	};

	it('TiDAR saves devices where a fast answer is promised, none where throughput rules', () => {
		const fast = compareFleets(s, asked, { firstToken: 1, perToken: 0.009 });
		const slow = compareFleets(s, asked, { firstToken: 2, perToken: 0.1 });
		expect(fast.ratio!).toBeGreaterThan(1.3);
		expect(slow.ratio!).toBeLessThan(1.15);
		// 'One sixth of the GPUs' is the speed-up at batch 1, not a saving under load.
		expect(fast.ratio!).toBeLessThan(6);
	});

	it('keeps a promise that plain decoding cannot keep at all', () => {
		const promise = { firstToken: 1, perToken: 0.005 };
		expect(fleetFor(s, 'ar', asked, promise)).toBeNull();
		expect(fleetFor(s, 'tidar', asked, promise)!.replica.perToken.p95).toBeLessThanOrEqual(0.005);
	});

	it('says when the weights leave no room', () => {
		expect(() => serviceOf(of('h100-sxm', 'llama-3.1-70b'), 'ar')).toThrow('does not leave room');
	});
});
