import type { NamedRun, TraceProblem } from '$engine/timeline/index.ts';
import type { SessionProblem } from '../decode/parse.ts';

export type OpenProblem =
	| TraceProblem
	| { readonly kind: 'unreadable'; readonly why: string }
	| { readonly kind: 'session'; readonly problem: SessionProblem };

/** What the worker answers. */
export type Opened =
	| { readonly ok: true; readonly runs: readonly NamedRun[] }
	| { readonly ok: false; readonly problem: OpenProblem };

/** A session of /decode names its steps and its settings near the beginning; a trace has events. */
export const kindOfText = (text: string): 'session' | 'trace' =>
	/^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"model"/.test(text.slice(0, 500)) ? 'session' : 'trace';

/** Opens a file in a worker of its own, which ends with it. */
export function openFile(file: Blob, worker: Worker): Promise<Opened> {
	return new Promise((resolve) => {
		const end = (opened: Opened) => {
			worker.terminate();
			resolve(opened);
		};
		worker.onmessage = ({ data }: MessageEvent<Opened>) => end(data);
		worker.onerror = (event) => {
			event.preventDefault();
			end({ ok: false, problem: { kind: 'unreadable', why: event.message || 'worker' } });
		};
		worker.postMessage(file);
	});
}
