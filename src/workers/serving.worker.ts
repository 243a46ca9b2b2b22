// Counts the devices of a service away from the page: a search of a second over simulated hours.
import { expose } from 'comlink';
import { fleetFor, serviceOf, type Decoding, type Service } from '$engine/cost/serving/index.ts';
import { setupOf, type Choice } from '$lib/simulate/choice.ts';
import { loadOf } from '$lib/simulate/service.ts';
import type { Demand } from '$lib/simulate/url.ts';

/** Services whose step times are known already. */
const known = new Map<string, Service>();

const api = {
	/** As `fleetFor`; null as well where the weights leave no room for a cache. */
	fleet(choice: Choice, decoding: Decoding, demand: Demand) {
		const { slots: _, batch: __, context: ___, ...what } = choice;
		const s = setupOf({ ...choice, slots: 1, batch: 1, context: 1024, phase: 'decode' });
		const key = JSON.stringify([what, decoding]);
		let service = known.get(key);
		try {
			if (!service) known.set(key, (service = serviceOf(s, decoding)));
		} catch (error) {
			if (error instanceof RangeError) return null;
			throw error;
		}
		const promise = { firstToken: demand.first / 1e3, perToken: demand.per / 1e3 };
		return fleetFor(s, decoding, loadOf(demand), promise, { seconds: 600, service });
	}
};
export type ServingApi = typeof api;

expose(api);
