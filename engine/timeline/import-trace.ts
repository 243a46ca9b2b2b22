import * as v from 'valibot';
import { nameKernels } from './kernels.ts';
import {
	kindCode,
	laneKinds,
	operatorCode,
	sliceKinds,
	type Lane,
	type LaneKind,
	type OperatorName
} from './lanes.ts';
import { GENERATOR, type NamedRun } from './perfetto.ts';
import {
	Labels,
	MOST_SLICES,
	NO_LAYER,
	SliceWriter,
	type Note,
	type Pass,
	type Skipped,
	type Timeline
} from './slices.ts';

/** Limits of a foreign trace. What lies beyond is left out and told. */
export const traceLimits = {
	/** Bytes of text that are read; of a larger file, the beginning. */
	bytes: 256_000_000,
	events: 2_000_000,
	lanes: 60,
	names: 50_000,
	nameLength: 200
} as const;

/** Why a file shows nothing: data, so that the page can say it in the reader's language. */
export type TraceProblem =
	| { readonly kind: 'not-json' }
	| { readonly kind: 'binary' }
	| { readonly kind: 'not-a-trace' }
	| { readonly kind: 'no-slices'; readonly events: number; readonly first?: string };

export type ParsedTrace =
	| { readonly ok: true; readonly runs: readonly NamedRun[] }
	| { readonly ok: false; readonly problem: TraceProblem };

const id = v.union([v.number(), v.string()]);
const envelope = v.union([
	v.array(v.unknown()),
	v.object({
		traceEvents: v.array(v.unknown()),
		otherData: v.optional(v.unknown())
	})
]);
const time = v.pipe(v.number(), v.finite(), v.minValue(-1e16), v.maxValue(1e16));
const timed = v.object({
	ph: v.picklist(['X', 'B', 'E']),
	ts: time,
	dur: v.optional(v.pipe(time, v.minValue(0)), 0),
	pid: v.optional(id, 0),
	tid: v.optional(id, 0),
	name: v.optional(v.string(), ''),
	cat: v.optional(v.string(), ''),
	args: v.optional(v.unknown())
});
const metadata = v.object({
	ph: v.literal('M'),
	name: v.picklist(['process_name', 'thread_name']),
	pid: v.optional(id, 0),
	tid: v.optional(id, 0),
	args: v.object({ name: v.string(), lane: v.optional(v.picklist(laneKinds)) })
});
const ourArgs = v.object({
	operator: v.optional(v.string()),
	layer: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32_000))),
	pass: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
	bytes: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
	flops: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
	share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
	role: v.optional(v.string()),
	slots: v.optional(v.number()),
	tokens: v.optional(v.number()),
	out: v.optional(time)
});

interface Event {
	readonly ts: number;
	dur: number;
	readonly pid: string;
	readonly tid: string;
	readonly name: string;
	readonly cat: string;
	readonly args: unknown;
}

/** Counts what is left out, by reason. */
class Counts {
	#counts = new Map<Skipped, number>();
	add(what: Skipped, count = 1): void {
		this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
	}
	notes(): Note[] {
		return Array.from(this.#counts, ([what, count]) => ({ kind: 'skipped', what, count }));
	}
}

/**
 * Reads a trace in the Trace Event Format: Chrome's, PyTorch's profiler's, Perfetto's JSON, or our own export. Best
 * effort, like Perfetto: events that cannot be used are counted and told, never a reason to fail, unless none is
 * left. Never throws.
 * @param text the file; where `cut`, only its beginning, and JSON that stops in the middle is mended
 */
export function parseTrace(text: string, cut = false): ParsedTrace {
	const json = parseJson(text);
	if (json === undefined) {
		return bad({ kind: isBinary(text) ? 'binary' : 'not-json' });
	}
	const opened = v.safeParse(envelope, json.data);
	if (!opened.success) return bad({ kind: 'not-a-trace' });
	const all = Array.isArray(opened.output) ? opened.output : opened.output.traceEvents;
	const other = Array.isArray(opened.output) ? undefined : opened.output.otherData;
	const ours = (other as { generator?: unknown } | undefined)?.generator === GENERATOR;
	const counts = new Counts();
	const notes: Note[] = [];
	if (cut || json.mended || all.length > traceLimits.events) {
		notes.push({ kind: 'cut', events: Math.min(all.length, traceLimits.events) });
	}
	const { events, names, first } = sort(all.slice(0, traceLimits.events), counts);
	if (events.length === 0) {
		return bad({ kind: 'no-slices', events: all.length, ...(first ? { first } : {}) });
	}
	const groups = new Map<string, Event[]>();
	for (const event of events) {
		const group = ours ? event.pid : '';
		const list = groups.get(group);
		if (list) list.push(event);
		else groups.set(group, [event]);
	}
	const runs = Array.from(groups, ([pid, list]): NamedRun => {
		const timeline = lay(list, names, counts, ours);
		return { name: names.get(`${pid}/`)?.name ?? '', timeline };
	});
	const said = [...notes, ...counts.notes()];
	return {
		ok: true,
		runs: runs.map(({ name, timeline }) => ({ name, timeline: { ...timeline, notes: said } }))
	};
}

/** Control characters, or bytes that are no text: Perfetto's own format is protobuf. */
const isBinary = (text: string): boolean =>
	Array.from(text.slice(0, 1000)).some((c) => c < '\t' || c === '\ufffd');

const bad = (problem: TraceProblem): ParsedTrace => ({ ok: false, problem });

/** Parses; a text that stops in the middle of a list of events is closed after the last whole one. */
function parseJson(text: string): { data: unknown; mended: boolean } | undefined {
	try {
		return { data: JSON.parse(text), mended: false };
	} catch {
		// Try again below: the file may have been cut.
	}
	const array = text.trimStart().startsWith('[');
	let end = text.length;
	for (let attempt = 0; attempt < 8; attempt++) {
		end = text.lastIndexOf('}', end - 1);
		if (end <= 0) return undefined;
		try {
			return { data: JSON.parse(text.slice(0, end + 1) + (array ? ']' : ']}')), mended: true };
		} catch {
			// The brace was one inside an event.
		}
	}
	return undefined;
}

/** Slices and names among the raw events; pairs of begin and end become slices. */
function sort(all: readonly unknown[], counts: Counts) {
	const events: Event[] = [];
	const names = new Map<string, { name: string; lane?: LaneKind }>();
	const open = new Map<string, Event[]>();
	let first: string | undefined;
	for (const [i, raw] of all.entries()) {
		const phase = (raw as { ph?: unknown } | null)?.ph;
		if (phase === 'M') {
			const meta = v.safeParse(metadata, raw);
			if (!meta.success) continue;
			const { name, pid, tid, args } = meta.output;
			names.set(name === 'process_name' ? `${pid}/` : `${pid}/${tid}`, {
				name: args.name.slice(0, traceLimits.nameLength),
				lane: args.lane
			});
			continue;
		}
		if (phase !== 'X' && phase !== 'B' && phase !== 'E') {
			counts.add('other-phase');
			first ??= `event ${i}: ph = ${JSON.stringify(phase)?.slice(0, 20) ?? 'missing'}`;
			continue;
		}
		const parsed = v.safeParse(timed, raw, { abortEarly: true });
		if (!parsed.success) {
			counts.add('bad-time');
			const [issue] = parsed.issues;
			first ??= `event ${i}: ${v.getDotPath(issue) ?? 'event'} = ${String(issue.received).slice(0, 40)}`;
			continue;
		}
		const { ph, ts, dur, pid, tid, name, cat, args } = parsed.output;
		const event: Event = { ts, dur, pid: `${pid}`, tid: `${tid}`, name, cat, args };
		if (ph === 'X') events.push(event);
		else if (ph === 'B') {
			const key = `${pid}/${tid}`;
			const stack = open.get(key);
			if (stack) stack.push(event);
			else open.set(key, [event]);
		} else {
			const begun = open.get(`${pid}/${tid}`)?.pop();
			if (begun && ts >= begun.ts) {
				begun.dur = ts - begun.ts;
				events.push(begun);
			} else counts.add('unpaired');
		}
	}
	for (const stack of open.values()) if (stack.length > 0) counts.add('unpaired', stack.length);
	return { events: events.slice(0, MOST_SLICES), names, first };
}

/** GPU work, in PyTorch's categories. */
const isKernel = (cat: string): boolean => /^(kernel|gpu_memcpy|gpu_memset|gpu_op)$/i.test(cat);

/** Events on lanes: a track of the file is a lane, nested slices lie on further lanes below it. */
function lay(
	events: Event[],
	names: ReadonlyMap<string, { name: string; lane?: LaneKind }>,
	counts: Counts,
	ours: boolean
): Timeline {
	const origin = ours ? 0 : events.reduce((least, e) => Math.min(least, e.ts), Infinity);
	events.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
	const labels = new Labels();
	const writer = new SliceWriter(events.length);
	const lanes: Lane[] = [];
	const passes: Pass[] = [];
	const tracks = new Map<string, { lane: number; free: number[]; kernels: Event[] }>();
	if (ours) {
		// Our own lanes stand in the order of their numbers, empty ones too.
		const own = Array.from(names).filter(([key]) => key.startsWith(`${events[0]!.pid}/`));
		for (const [key, { name, lane }] of own.slice(0, traceLimits.lanes)) {
			if (key.endsWith('/') || !lane) continue;
			tracks.set(key, { lane: lanes.length, free: [], kernels: [] });
			lanes.push({ kind: lane, name: lane === 'track' ? name : '' });
		}
	}
	const nested = new Map<string, number>();
	const operators = operatorsOf(events, ours);
	// PyTorch writes what spans kernels (steps, waits) on their stream: that has a lane beside them.
	const streams = new Set(
		ours ? [] : events.filter(({ cat }) => isKernel(cat)).map(({ pid, tid }) => `${pid}/${tid}`)
	);
	let duration = 0;
	for (const [i, event] of events.entries()) {
		const stream = `${event.pid}/${event.tid}`;
		const spans = streams.has(stream) && !isKernel(event.cat);
		const key = spans ? `${stream}/${event.cat}` : stream;
		let track = tracks.get(key);
		if (!track) {
			if (lanes.length >= traceLimits.lanes) {
				counts.add('lanes');
				continue;
			}
			tracks.set(key, (track = { lane: lanes.length, free: [], kernels: [] }));
			const lane = laneFor(event, names);
			lanes.push(spans ? { ...lane, name: `${lane.name} · ${event.cat}` } : lane);
		}
		const start = (event.ts - origin) / 1000;
		const length = event.dur / 1000;
		// Rounded times of neighbours may touch by a rounding error.
		const slack = 1e-6 * Math.max(1e-3, length);
		let depth = 0;
		while ((track.free[depth] ?? -Infinity) > start + slack) depth++;
		let lane = track.lane;
		if (depth > 0) {
			const below = nested.get(`${key} ${depth}`);
			if (below === undefined && (ours || lanes.length >= traceLimits.lanes)) {
				counts.add(ours ? 'overlap' : 'lanes');
				continue;
			}
			lane = below ?? lanes.length;
			if (below === undefined) {
				nested.set(`${key} ${depth}`, lane);
				lanes.push({ kind: lanes[track.lane]!.kind, name: `${lanes[track.lane]!.name} ↳` });
			}
		}
		track.free[depth] = start + length;
		duration = Math.max(duration, start + length);
		const label =
			labels.list.length < traceLimits.names
				? labels.of(event.name.slice(0, traceLimits.nameLength))
				: (counts.add('names'), 0);
		const own = v.safeParse(ourArgs, ours ? event.args : {});
		const a = own.success ? own.output : v.parse(ourArgs, {});
		const kind = (sliceKinds as readonly string[]).indexOf(event.cat);
		const operator = (ours ? (a.operator as OperatorName) : operators.get(i)?.operator) ?? 'none';
		const layer = a.layer ?? operators.get(i)?.layer ?? NO_LAYER;
		writer.add(
			lane,
			ours && kind >= 0 ? kind : isKernel(event.cat) ? kindCode.kernel : kindCode.event,
			start,
			length,
			{
				operator: operatorCode[operator] ?? 0,
				layer,
				pass: a.pass ?? -1,
				label: ours && (event.name === event.cat || event.cat === 'layer') ? 0 : label
			},
			a.bytes,
			a.flops,
			a.share
		);
		if (ours && event.cat === 'pass' && a.pass !== undefined) {
			passes.push({
				start,
				end: start + length,
				tokens: a.tokens ?? 0,
				out: (a.out ?? event.ts + event.dur) / 1000,
				role: a.role ?? '',
				slots: a.slots ?? 0
			});
			duration = Math.max(duration, passes.at(-1)!.out);
		}
	}
	return { lanes, slices: writer.done(), labels: labels.list, passes, duration, notes: [] };
}

function laneFor({ pid, tid, cat }: Event, names: ReadonlyMap<string, { name: string }>): Lane {
	const process = names.get(`${pid}/`)?.name;
	const thread = names.get(`${pid}/${tid}`)?.name ?? tid;
	const kind = isKernel(cat) ? 'kernel' : /cuda_(runtime|driver)/i.test(cat) ? 'launch' : 'track';
	return { kind, name: process ? `${process} · ${thread}` : thread };
}

/** Operators of the GPU kernels of a foreign trace, by the number of their event. */
function operatorsOf(events: readonly Event[], ours: boolean) {
	const found = new Map<number, { operator: OperatorName; layer: number | null }>();
	if (ours) return found;
	const kernels = events.flatMap((event, i) => (isKernel(event.cat) ? [i] : []));
	const named = nameKernels(kernels.map((i) => events[i]!.name));
	kernels.forEach((event, i) => found.set(event, named[i]!));
	return found;
}
