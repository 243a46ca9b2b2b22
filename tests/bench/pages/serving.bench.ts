import { setup } from '../../../engine/cost/index.ts';
import { fleetFor, serviceOf, simulate, type Load } from '../../../engine/cost/serving/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import type { Bench } from './bench.ts';

const load = (arrivals: number): Load => ({
	arrivals,
	prompt: { mean: 500, shape: 'lognormal' },
	answer: { mean: 300, shape: 'lognormal' }
});

/** In Node: the page runs the same code in a worker. */
export const bench: Bench = {
	title: 'serving: a simulated hour of the load of about 1,000 H100 with Qwen3 8B',
	async run() {
		const s = setup({ device: findDevice('h100-sxm')!, model: findModel('qwen3-8b')! });
		const promise = { firstToken: 1, perToken: 0.012 };
		const hour = { seconds: 3600, seed: 1 };
		const time = (run: (i: number) => unknown, count: number) =>
			Array.from({ length: count }, (_, i) => {
				const from = performance.now();
				run(i);
				return performance.now() - from;
			});
		// 1.8 million users with 20 requests an hour each: 10,000 requests a second.
		const fleet = fleetFor(s, 'ar', load(10_000), promise)!;
		const replica = load(10_000 / fleet.replicas);
		const known = serviceOf(s, 'ar');
		return [
			{
				what: `an hour of ${fleet.devices} GPUs' load (one replica stands for all)`,
				samples: time((seed) => simulate(known, replica, { ...hour, seed }), 10),
				unit: 'ms',
				goal: '<= 1000 ms'
			},
			{
				what: 'counting the fleet for it, ten minutes a try, AR',
				samples: time(() => fleetFor(s, 'ar', load(10_000), promise, { service: known }), 3),
				unit: 'ms',
				goal: ''
			},
			{
				what: 'the same, TiDAR, step times not known yet',
				samples: time(() => fleetFor(s, 'tidar', load(10_000), promise), 3),
				unit: 'ms',
				goal: ''
			}
		];
	}
};
