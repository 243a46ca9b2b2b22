import { kindCode, type Lane } from './lanes.ts';
import { Labels, NOTHING, SliceWriter, type Pass, type Timeline } from './slices.ts';

/** What a timeline needs of a decoded session; the decoder's Session is one. Times in ms. */
export interface TimedSession {
	readonly device: { readonly backend: string };
	readonly steps: readonly {
		readonly kind: 'prefill' | 'decode';
		readonly tokens: readonly number[];
		readonly emitted: readonly number[];
		readonly times: {
			readonly total: number;
			readonly encode?: number;
			readonly gpu?: number;
			readonly readback?: number;
		};
	}[];
}

const lanes: readonly Lane[] = (['pass', 'launch', 'compute', 'readback'] as const).map((kind) => ({
	kind,
	name: ''
}));

/**
 * The times of a session's steps on lanes: the pass, writing commands (launch lane), the device at work (compute
 * lane), waiting for and reading the predictions. A part that was not measured has no slice. The device's time is
 * known as a sum; it is drawn as one piece that begins when the commands are written.
 */
export function traceOfSession(session: TimedSession): Timeline {
	const labels = new Labels();
	const writer = new SliceWriter(session.steps.length * 4 + 1);
	const passes: Pass[] = [];
	let now = 0;
	session.steps.forEach(({ kind, tokens, emitted, times }, pass) => {
		const role = kind === 'prefill' ? 'prefill' : 'step';
		const about = { ...NOTHING, pass, label: labels.of(role) };
		const { total, encode = 0, gpu, readback } = times;
		const end = now + total;
		writer.add(0, kindCode.pass, now, total, about);
		if (times.encode !== undefined) {
			writer.add(1, kindCode.launch, now, Math.min(encode, total), about);
		}
		if (gpu !== undefined) {
			const begins = Math.max(now, Math.min(now + encode, end - gpu));
			writer.add(2, kindCode.compute, begins, Math.min(gpu, total), about);
		}
		if (readback !== undefined) {
			const length = Math.min(readback, total);
			writer.add(3, kindCode.readback, end - length, length, about);
		}
		passes.push({ start: now, end, tokens: emitted.length, out: end, role, slots: tokens.length });
		now = end;
	});
	const parts = session.steps.some(({ times }) => times.gpu !== undefined);
	return {
		lanes,
		slices: writer.done(),
		labels: labels.list,
		passes,
		duration: now,
		notes: [{ kind: 'per-step', parts, backend: session.device.backend }]
	};
}
