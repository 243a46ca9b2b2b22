import { asset } from '$app/paths';
import {
	compareWithModel,
	layLive,
	layPass,
	layRecording,
	recordingSchema,
	setupOf,
	together,
	traceOfSession,
	withDifferences,
	type Comparison,
	type NamedRun,
	type Note,
	type Recording
} from '$engine/timeline/index.ts';
import { parseSession } from '$lib/decode/parse.ts';
import { m } from '$lib/paraglide/messages';
import * as v from 'valibot';
import { base, simulate, type Choice, type Simulated } from './choice.ts';
import type { TimedRun } from './live.ts';
import { openFile, type Opened } from './open.ts';
import type { Source } from './place.ts';
import { decoderNames, tellOpenProblem } from './tell.ts';
import { TimelineView } from './view.svelte.ts';

/** What lies on the timeline page, where it comes from, and what is to be said about it. */
export class TimelineDesk {
	readonly view = new TimelineView();
	source = $state.raw<
		Source | { readonly kind: 'file'; readonly name: string } | { readonly kind: 'live' }
	>({
		kind: 'simulated',
		choice: base
	});
	/** Where a measured trace is shown: the differences. */
	comparison = $state.raw<Comparison>();
	recording = $state.raw<Recording>();
	simulated = $state.raw<Simulated>();
	notes = $state.raw<readonly Note[]>([]);
	problem = $state('');
	busy = $state(false);
	/** Counts what was asked for last, so that an answer that comes late is dropped. */
	#asked = 0;

	get choice(): Choice {
		return this.source.kind === 'simulated' ? this.source.choice : base;
	}

	/** Shows a source of the site. @returns when it is on the desk, or its problem is told */
	async show(source: Source): Promise<void> {
		const asked = ++this.#asked;
		this.problem = '';
		if (source.kind === 'simulated') {
			const lengths = source.choice.session && (await this.#lengths(source.choice.session));
			if (asked !== this.#asked) return;
			this.#simulate(source, lengths || undefined);
			return;
		}
		this.busy = true;
		try {
			if (source.kind === 'measured') await this.#measured(source, asked);
			else await this.#session(source, asked);
		} catch (error) {
			if (asked === this.#asked)
				this.problem = m.timeline_not_there({ name: source.id, why: (error as Error).message });
		} finally {
			if (asked === this.#asked) this.busy = false;
		}
	}

	#simulate(source: Extract<Source, { kind: 'simulated' }>, lengths?: readonly number[]): void {
		this.simulated = simulate(source.choice, (decoder) => decoderNames[decoder](), lengths);
		this.source = source;
		this.#lay(this.simulated.runs, []);
	}

	async #measured(source: Extract<Source, { kind: 'measured' }>, asked: number): Promise<void> {
		const data: unknown = await (await fetched(`/traces/${source.id}.json`)).json();
		const recording = v.parse(recordingSchema, data);
		if (asked !== this.#asked) return;
		const comparison = compareWithModel(recording);
		const measured = withDifferences(layRecording(recording), comparison);
		this.source = source;
		this.#lay(
			[
				{ name: m.timeline_run_measured({ device: recording.measuredOn }), timeline: measured },
				{ name: m.timeline_run_simulated(), timeline: layPass(setupOf(recording)) }
			],
			measured.notes
		);
		this.recording = recording;
		this.comparison = comparison;
	}

	async #session(source: Extract<Source, { kind: 'session' }>, asked: number): Promise<void> {
		const parsed = parseSession(await (await fetched(`/sessions/${source.id}.json`)).text());
		if (!parsed.ok) throw new Error(parsed.problem.kind);
		if (asked !== this.#asked) return;
		const { session } = parsed;
		const timeline = traceOfSession(session);
		const { decoder } = session.settings;
		const called = Object.entries(decoderNames).find(([name]) => name === decoder);
		const name = `${called?.[1]() ?? decoder}: ${session.prompt}`;
		this.source = source;
		this.#lay([{ name, timeline }], timeline.notes);
	}

	/** Accepted lengths of a recorded session; undefined where there is none of that name. */
	async #lengths(id: string): Promise<number[] | undefined> {
		try {
			const parsed = parseSession(await (await fetched(`/sessions/${id}.json`)).text());
			if (!parsed.ok) return undefined;
			const decoded = parsed.session.steps.filter(({ kind }) => kind === 'decode');
			return decoded.map(({ emitted }) => emitted.length).filter((length) => length > 0);
		} catch {
			this.problem = m.timeline_not_there({ name: id, why: '404' });
			return undefined;
		}
	}

	/** Shows what was just timed on the reader's device. */
	live(timed: readonly TimedRun[]): void {
		this.#asked++;
		this.problem = '';
		this.busy = false;
		this.source = { kind: 'live' };
		const runs = timed.map(({ decoder, run }) => ({
			name: m.timeline_run_live({ decoder: decoderNames[decoder](), device: run.device.name }),
			timeline: layLive(run)
		}));
		this.#lay(runs, together(runs.flatMap(({ timeline }) => timeline.notes)));
	}

	/** Opens a reader's file; nothing of it leaves the page. */
	async open(file: File, worker: Worker): Promise<void> {
		const asked = ++this.#asked;
		this.problem = '';
		this.busy = true;
		const opened: Opened = await openFile(file, worker);
		if (asked !== this.#asked) return;
		this.busy = false;
		if (!opened.ok) {
			this.problem = `${file.name}: ${tellOpenProblem(opened.problem)}`;
			return;
		}
		this.source = { kind: 'file', name: file.name };
		this.#lay(
			opened.runs.map((run) => ({ ...run, name: run.name || file.name })),
			opened.runs[0]?.timeline.notes ?? []
		);
	}

	#lay(runs: readonly NamedRun[], notes: readonly Note[]): void {
		this.comparison = undefined;
		this.recording = undefined;
		if (this.source.kind !== 'simulated') this.simulated = undefined;
		this.notes = notes;
		this.view.show(runs);
	}
}

async function fetched(path: string): Promise<Response> {
	const response = await fetch(asset(path));
	if (!response.ok) throw new Error(String(response.status));
	return response;
}
