import { operatorNames, sliceKinds, type LaneKind } from './lanes.ts';
import type { Timeline } from './slices.ts';

/** What an exported trace is named by; `import-trace.ts` knows our own by it. */
export const GENERATOR = 'TiDAR Lab';

/** A run and what to call it. */
export interface NamedRun {
	readonly name: string;
	readonly timeline: Timeline;
}

/** Lane names as they are exported: the field's terms, in English. */
export const laneTitles: Record<LaneKind, string> = {
	pass: 'Forward passes',
	layer: 'Layers',
	kernel: 'Kernels',
	memory: 'HBM',
	compute: 'SM compute',
	launch: 'Launches',
	link: 'Link',
	readback: 'Read-back',
	difference: 'Simulated − measured',
	track: 'Track'
};

const US = 1000;

/**
 * Runs as a trace in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open. A run is a process, a
 * lane a thread, a slice a complete event (ts and dur in µs), tokens a counter. Yields pieces of JSON to be joined:
 * a trace of a million slices never exists as one string here.
 * No `displayTimeUnit`: older versions of Perfetto took 'ns' for the unit of `ts` and `dur`; newer ones ignore it.
 * Checked by tests against the rules of Perfetto's importer, as its source has them (tests/unit/timeline/perfetto.ts),
 * and by reading it back; its program itself cannot be had where the tests run.
 * Format: "Trace Event Format", docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
 */
export function* perfettoPieces(runs: readonly NamedRun[]): Generator<string> {
	const metadata = { generator: GENERATOR, version: 1 };
	yield `{"otherData":${JSON.stringify(metadata)},"traceEvents":[`;
	let first = true;
	const event = (fields: object): string => {
		const comma = first ? '\n' : ',\n';
		first = false;
		return comma + JSON.stringify(fields);
	};
	for (const [r, { name, timeline }] of runs.entries()) {
		const pid = r + 1;
		yield event({ ph: 'M', pid, tid: 0, name: 'process_name', args: { name } });
		yield event({ ph: 'M', pid, tid: 0, name: 'process_sort_index', args: { sort_index: r } });
		for (const [l, lane] of timeline.lanes.entries()) {
			const named = { name: lane.name || laneTitles[lane.kind], lane: lane.kind };
			yield event({ ph: 'M', pid, tid: l + 1, name: 'thread_name', args: named });
			yield event({
				ph: 'M',
				pid,
				tid: l + 1,
				name: 'thread_sort_index',
				args: { sort_index: l }
			});
		}
		const { slices, labels, passes } = timeline;
		for (let i = 0; i < slices.length; i++) {
			const kind = sliceKinds[slices.kind[i]!]!;
			const layer = slices.layer[i]!;
			const pass = slices.pass[i]!;
			const at = kind === 'pass' ? passes[pass] : undefined;
			yield event({
				ph: 'X',
				pid,
				tid: slices.lane[i]! + 1,
				ts: round(slices.start[i]! * US),
				dur: round(slices.duration[i]! * US),
				name: labels[slices.label[i]!] || (kind === 'layer' ? `layer ${layer}` : kind),
				cat: kind,
				args: {
					...(slices.operator[i] ? { operator: operatorNames[slices.operator[i]!] } : {}),
					...(layer >= 0 ? { layer } : {}),
					...(pass >= 0 ? { pass } : {}),
					...(slices.bytes[i] ? { bytes: Math.round(slices.bytes[i]!) } : {}),
					...(slices.flops[i] ? { flops: Math.round(slices.flops[i]!) } : {}),
					...(slices.share[i] === 1 ? {} : { share: Number(slices.share[i]!.toPrecision(6)) }),
					...(at
						? { role: at.role, slots: at.slots, tokens: at.tokens, out: round(at.out * US) }
						: {})
				}
			});
		}
		let tokens = 0;
		for (const pass of passes) {
			tokens += pass.tokens;
			yield event({ ph: 'C', pid, ts: round(pass.out * US), name: 'tokens', args: { tokens } });
		}
	}
	yield '\n]}\n';
}

/** The whole trace as one string; for runs of moderate length. */
export const perfettoJson = (runs: readonly NamedRun[]): string =>
	Array.from(perfettoPieces(runs)).join('');

/** To a ten-thousandth of a nanosecond: starts of neighbours must not seem to overlap. */
const round = (us: number): number => Math.round(us * 1e7) / 1e7;
