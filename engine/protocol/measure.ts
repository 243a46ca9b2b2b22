import type { Session } from '../decode/index.ts';
import type { LoadedModel } from '../runtime/load.ts';
import { openDevice } from '../runtime/device.ts';
import {
	agreement,
	copyInMemory,
	machineOf,
	measureGpu,
	measureSlots,
	type Agreement,
	type Machine,
	type Micro,
	type MicroTest,
	type SlotTime
} from '../runtime/measure/index.ts';
import type { Serial } from '../runtime/serial.ts';
import type { Handlers } from './channel.ts';
import { failureOf } from './failure.ts';

/** What a page that measures its device asks of the worker. */
export type MeasureCalls = {
	/** What this device is and what small kernels reach on it; needs no model. */
	probe: { request: { backend: 'auto' | 'webgpu' | 'wasm' }; event: MicroTest; result: Probe };
	/** Passes of 1 to 272 slots of the loaded model. */
	slots: {
		request: { patience: number };
		event: { readonly time: SlotTime; readonly done: number; readonly of: number };
		result: readonly SlotTime[];
	};
	/** Whether the loaded model says here what a recording of it says. */
	agree: { request: { session: Pick<Session, 'steps'> }; event: never; result: Agreement };
};

export interface Probe {
	readonly machine: Machine;
	readonly micro: Micro;
	/** Why no GPU was measured, where one was looked for. */
	readonly reason?: string;
}

/**
 * Answers these calls.
 * @param model the loaded model with nothing in its cache. @throws where there is none
 */
export const measureService = (
	queue: Serial,
	model: () => LoadedModel
): Handlers<MeasureCalls> => ({
	probe: ({ backend }, emit, signal) =>
		queue.run(async () => {
			const gpu = backend === 'wasm' ? undefined : await openDevice().catch(failureOf);
			let reason = gpu && 'message' in gpu ? gpu.message : undefined;
			if (gpu && 'device' in gpu) {
				try {
					if (!gpu.software || backend === 'webgpu') {
						const micro = await measureGpu(gpu, { onTest: emit, signal });
						return { machine: machineOf(gpu), micro };
					}
					reason = `The browser's only GPU (${gpu.name}) is emulated by the processor.`;
				} finally {
					gpu.device.destroy();
				}
			}
			emit('copy');
			return {
				machine: machineOf(),
				micro: { copy: copyInMemory(), clock: 'wall', wrong: [] },
				...(reason !== undefined && { reason })
			};
		}),

	slots: ({ patience }, emit, signal) =>
		queue.run(async () => {
			const { forward } = model();
			return measureSlots(forward, {
				patience,
				signal,
				onTime: (time, done, of) => emit({ time, done, of })
			});
		}),

	agree: ({ session }, _emit, signal) =>
		queue.run(async () => agreement(model().forward, session, { signal }))
});
