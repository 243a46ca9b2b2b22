import { setup, type Setup } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';

/** A setup by ids; a test that names something unknown fails here. */
export function of(device: string, model: string, more: Partial<Setup> = {}): Setup {
	const [d, m] = [findDevice(device), findModel(model)];
	if (!d || !m) throw new Error(`The test names '${device}' or '${model}', which is unknown.`);
	return setup({ device: d, model: m, ...more });
}
