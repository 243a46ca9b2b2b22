import type { Note, RunDecoder, Skipped } from '$engine/timeline/index.ts';
import { count } from '$lib/decode/number.ts';
import { tellProblem } from '$lib/decode/sentence.ts';
import { m } from '$lib/paraglide/messages';
import type { OpenProblem } from './open.ts';
import { tellMs } from './units.ts';

export const decoderNames: Readonly<Record<RunDecoder, () => string>> = {
	ar: m.timeline_decoder_ar,
	speculative: m.timeline_decoder_speculative,
	eagle3: m.timeline_decoder_eagle3,
	diffusion: m.timeline_decoder_diffusion,
	tidar: m.timeline_decoder_tidar
};

const skipped: Readonly<Record<Skipped, (counted: { count: string }) => string>> = {
	'other-phase': m.timeline_skipped_other,
	'bad-time': m.timeline_skipped_time,
	unpaired: m.timeline_skipped_unpaired,
	overlap: m.timeline_skipped_overlap,
	lanes: m.timeline_skipped_lanes,
	names: m.timeline_skipped_names
};

/** A note of the engine as a sentence. */
export function tellNote(note: Note): string {
	switch (note.kind) {
		case 'per-step':
			return note.parts
				? m.timeline_note_parts()
				: note.backend === 'webgpu'
					? m.timeline_note_no_stamps()
					: m.timeline_note_wasm();
		case 'stamped': {
			const said = {
				step: tellMs(note.resolutionUs / 1000),
				stamped: tellMs(note.stampedMs),
				plain: tellMs(note.plainMs)
			};
			return note.meanOf === undefined
				? m.timeline_note_stamped(said)
				: m.timeline_note_stamped_mean({ ...said, passes: note.meanOf });
		}
		case 'work-computed':
			return m.timeline_note_work();
		case 'skipped':
			return skipped[note.what]({ count: count(note.count) });
		case 'cut':
			return m.timeline_note_cut({ count: count(note.events) });
	}
}

/** Why a file shows nothing, and what to do, in one sentence. */
export function tellOpenProblem(problem: OpenProblem): string {
	switch (problem.kind) {
		case 'not-json':
			return m.timeline_problem_json();
		case 'binary':
			return m.timeline_problem_binary();
		case 'not-a-trace':
			return m.timeline_problem_shape();
		case 'no-slices':
			return m.timeline_problem_empty({
				count: count(problem.events),
				first: problem.first ? ` (${problem.first})` : ''
			});
		case 'unreadable':
			return m.timeline_problem_unreadable({ why: problem.why });
		case 'session':
			return tellProblem(problem.problem);
	}
}
