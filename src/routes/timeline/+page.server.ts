import { readFileSync } from 'node:fs';
import { listSessions } from '$lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

interface TraceInfo {
	readonly id: string;
	readonly model: string;
	readonly slots: number;
}
interface Accuracy {
	readonly id: string;
	readonly set: string;
	readonly fitted: boolean;
	readonly median: number;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** What the page offers: measured traces, recorded runs; and how far off the simulator is, in percent. */
export const load: PageServerLoad = () => {
	const accuracy = read('engine/cost/accuracy.json') as Accuracy[];
	const medians = accuracy.filter(({ fitted }) => !fitted).map(({ median }) => median);
	return {
		traces: read('static/traces/index.json') as TraceInfo[],
		recordings: listSessions().flatMap(({ id, prompt, settings }) => {
			const { decoder } = settings;
			// What the simulator has runs of.
			const known = decoder === 'ar' || decoder === 'tidar';
			return known ? [{ id, prompt, settings: { ...settings, decoder } }] : [];
		}),
		error: {
			fitted: accuracy.find(({ id }) => id === 'steps')?.median ?? NaN,
			least: Math.min(...medians),
			most: Math.max(...medians)
		}
	};
};
