/**
 * What ui.perfetto.dev makes of a JSON trace, by the rules of Perfetto's own importer, read in its source: which events
 * it refuses or leaves out, and the slices that it keeps. Its program cannot be run here; its rules are few.
 *
 * - json_trace_tokenizer.cc: an object with an array `traceEvents`; each event an object; without a numeric `ts` only
 *   metadata is taken, all else counts as json_tokenizer_failure.
 * - json_trace_parser_impl.cc: `ph` a string; `pid` and `tid` uint32; 'X' needs a `dur`; 'C' needs an object `args` of
 *   numbers; 'M' gives names by `args.name`. Other keys of an event are ignored.
 * - json_utils.cc, CoerceToTs: µs become whole ns, and what is less than one is cut off.
 * - slice_tracker.cc, MaybeCloseStack: slices of a thread nest or are apart. One that starts inside another and ends
 *   after it is dropped: slice_drop_overlapping_complete_event.
 *
 * All in src/trace_processor/importers of github.com/google/perfetto.
 */
export interface Import {
	/** What Perfetto's statistics would count as lost, by its names. */
	readonly lost: Readonly<Record<string, number>>;
	/** Whole ns. */
	readonly slices: readonly { thread: string; name: string; ts: number; dur: number }[];
	readonly counters: number;
	readonly processes: ReadonlyMap<number, string>;
	readonly threads: ReadonlyMap<string, string>;
}

interface Event {
	ph?: unknown;
	ts?: unknown;
	dur?: unknown;
	pid?: unknown;
	tid?: unknown;
	name?: unknown;
	args?: Record<string, unknown>;
}

const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const isId = (x: unknown): x is number => isNumber(x) && x >= 0 && x < 2 ** 32 && x % 1 === 0;
const isObject = (x: unknown): x is Record<string, unknown> =>
	typeof x === 'object' && x !== null && !Array.isArray(x);
const toNs = (us: number): number => Math.trunc(us * 1000);

export function importedByPerfetto(json: string): Import {
	const lost: Record<string, number> = {};
	const lose = (why: string) => (lost[why] = (lost[why] ?? 0) + 1);
	const slices: Import['slices'][number][] = [];
	const [processes, threads] = [new Map<number, string>(), new Map<string, string>()];
	let counters = 0;

	const trace = JSON.parse(json) as { traceEvents?: unknown };
	if (!isObject(trace) || !Array.isArray(trace.traceEvents)) throw new Error('no trace');
	const timed: Event[] = [];
	for (const item of trace.traceEvents as unknown[]) {
		const event: Event = isObject(item) ? item : {};
		if (typeof event.ph !== 'string' || !isId(event.pid)) lose('json_parser_failure');
		else if (event.ph === 'M') {
			const name = isObject(event.args) && event.args.name;
			if (event.name === 'process_name' && name) processes.set(event.pid, String(name));
			if (event.name === 'thread_name' && name)
				threads.set(`${event.pid}.${String(event.tid)}`, String(name));
		} else if (!isNumber(event.ts)) lose('json_tokenizer_failure');
		else if (event.ts < 0) lose('trace_sorter_negative_timestamp_dropped');
		else timed.push(event);
	}
	// The sorter hands them on by time, those of one time as they stand in the file.
	timed.sort((a, b) => toNs(a.ts as number) - toNs(b.ts as number));
	const open = new Map<string, { end: number; dur: number }[]>();
	for (const event of timed) {
		const ts = toNs(event.ts as number);
		if (event.ph === 'C') {
			const values = isObject(event.args) ? Object.values(event.args) : [];
			if (values.length === 0 || !values.every(isNumber)) lose('json_parser_failure');
			else counters++;
			continue;
		}
		if (event.ph !== 'X') continue;
		if (!isNumber(event.dur) || !isId(event.tid) || typeof event.name !== 'string') {
			lose('json_parser_failure');
			continue;
		}
		const dur = toNs(event.dur);
		const thread = `${String(event.pid)}.${event.tid}`;
		let stack = open.get(thread);
		if (!stack) open.set(thread, (stack = []));
		while (stack.length > 0) {
			const top = stack.at(-1)!;
			if (top.end < ts || (top.end === ts && !(top.dur === 0 && dur === 0))) stack.pop();
			else break;
		}
		const around = stack.at(-1);
		if (around && ts < around.end && ts + dur > around.end) {
			lose('slice_drop_overlapping_complete_event');
			continue;
		}
		stack.push({ end: ts + dur, dur });
		slices.push({ thread, name: event.name, ts, dur });
	}
	return { lost, slices, counters, processes, threads };
}
