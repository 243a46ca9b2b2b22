import { m } from '$lib/paraglide/messages';
import { bytes, digits, percent } from '../decode/number.ts';
import type { Measurement } from './result.ts';

export interface Fact {
	readonly name: string;
	readonly value: string;
	readonly note?: string;
}

const yesNo = (value: boolean) => (value ? m.measure_yes() : m.measure_no());

/** What the device is, as far as a page may know. */
export function machineFacts({ machine, browser, model, date }: Measurement): Fact[] {
	const { limits } = machine;
	const made = [machine.vendor, machine.architecture].filter(Boolean).join(', ');
	const facts: Fact[] = [
		{
			name: machine.backend === 'webgpu' ? m.measure_gpu() : m.measure_runs_on(),
			value: machine.name,
			...(made && made !== machine.name && { note: made })
		},
		{ name: m.measure_browser(), value: browser }
	];
	if (machine.backend === 'webgpu') {
		facts.push(
			{ name: m.measure_f16(), value: yesNo(machine.f16) },
			{ name: m.measure_timestamps(), value: yesNo(machine.timestamps) },
			{ name: m.measure_subgroups(), value: yesNo(machine.subgroups) }
		);
		const said: Record<string, [() => string, (value: number) => string]> = {
			maxBufferSize: [m.measure_limit_buffer, bytes],
			maxStorageBufferBindingSize: [m.measure_limit_binding, bytes],
			maxComputeWorkgroupStorageSize: [m.measure_limit_shared, bytes],
			maxComputeInvocationsPerWorkgroup: [m.measure_limit_threads, digits]
		};
		for (const [limit, [name, tell]] of Object.entries(said)) {
			if (limits[limit] !== undefined) facts.push({ name: name(), value: tell(limits[limit]) });
		}
	}
	facts.push({
		name: m.measure_cores(),
		value: String(machine.cores),
		note: machine.isolated ? undefined : m.measure_one_thread()
	});
	if (machine.memory !== undefined) {
		facts.push({
			name: m.measure_ram(),
			value: `${machine.memory} GB`,
			note: m.measure_ram_note()
		});
	}
	if (model) {
		facts.push({
			name: m.measure_model(),
			value: model.name,
			note: `${model.precision === 'f16' ? 'float16' : 'float32'}, ${bytes(model.bytes)}${
				model.threads ? `, ${m.measure_threads({ threads: model.threads })}` : ''
			}`
		});
	}
	facts.push({ name: m.measure_date(), value: date.slice(0, 10) });
	return facts;
}

/** What small kernels reach. */
export function microFacts({ micro, machine, agreement }: Measurement): Fact[] {
	const facts: Fact[] = [];
	const add = (
		name: string,
		spread: Measurement['micro']['copy'],
		unit: string,
		scale = 1,
		wrong = false
	) => {
		if (!spread) return;
		const { median, low, high, n } = spread;
		facts.push({
			name,
			value: wrong ? m.measure_wrong() : `${digits(median * scale)} ${unit}`,
			note: wrong
				? undefined
				: m.measure_spread({ low: digits(low * scale), high: digits(high * scale), n })
		});
	};
	add(machine.backend === 'webgpu' ? m.measure_copy() : m.measure_copy_cpu(), micro.copy, 'GB/s');
	for (const type of ['f32', 'f16'] as const) {
		const name = type === 'f32' ? m.measure_matrix_f32() : m.measure_matrix_f16();
		const slow = (micro[type]?.median ?? 0) < 0.1;
		const [unit, scale] = slow ? (['GFLOP/s', 1000] as const) : (['TFLOP/s', 1] as const);
		add(name, micro[type], unit, scale, micro.wrong.includes(type));
	}
	add(m.measure_launch(), micro.launch, 'µs');
	if (agreement && agreement.slots > 0) {
		const { slots, equal, close, passes } = agreement;
		facts.push({
			name: m.measure_agreement(),
			value: equal === slots ? m.measure_agree_all({ slots }) : percent(equal / slots),
			note:
				equal === slots
					? m.measure_agree_note_all({ passes })
					: m.measure_agree_note({ equal, slots, unequal: slots - equal, close, passes })
		});
	}
	return facts;
}
