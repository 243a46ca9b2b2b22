import type { DecoderName, Settings } from '$engine/decode/index.ts';
import { digits } from '../decode/number.ts';
import { m } from '$lib/paraglide/messages';
import type { Table } from '../simulate/table.ts';
import { lossless, podium, type Lane } from './lanes.ts';
import type { RaceProblem } from './file.ts';

const names: Record<
	DecoderName,
	(settings: Pick<Settings, 'k' | 'slots' | 'gamma' | 'perPass'>) => string
> = {
	ar: m.race_ar,
	speculative: ({ gamma }) => m.race_speculative({ gamma }),
	eagle3: ({ gamma }) => `EAGLE-3, γ = ${gamma}`,
	lookup: m.race_lookup,
	llada: ({ perPass }) => m.race_canvas({ name: 'LLaDA', count: perPass }),
	dream: ({ perPass }) => m.race_canvas({ name: 'Dream', count: perPass }),
	block: ({ k }) => m.race_block({ k }),
	tidar: ({ k }) => m.race_tidar({ k }),
	'tidar-tree': ({ slots }) => m.race_tree({ slots })
};

/** A lane's name, with the setting that matters most to it. */
export const nameOfRacer = (settings: Settings): string => names[settings.decoder](settings);

const notes: Record<DecoderName, () => string> = {
	ar: m.race_ar_note,
	speculative: m.race_speculative_note,
	eagle3: m.race_eagle_note,
	lookup: m.race_lookup_note,
	llada: m.race_llada_note,
	dream: m.race_dream_note,
	block: m.race_block_note,
	tidar: m.race_tidar_note,
	'tidar-tree': m.race_tree_note
};
export const noteOfRacer = (racer: DecoderName): string => notes[racer]();

const shortNames: Record<DecoderName, () => string> = {
	ar: m.race_ar,
	speculative: m.race_speculative_short,
	eagle3: () => 'EAGLE-3',
	lookup: m.race_lookup,
	llada: () => 'LLaDA',
	dream: () => 'Dream',
	block: m.race_block_short,
	tidar: m.race_tidar_short,
	'tidar-tree': m.race_tree_short
};
export const shortNameOf = (racer: DecoderName): string => shortNames[racer]();

/** Who wins and why, in sentences; losing is said as plainly as winning. */
export function tellPodium(lanes: readonly Lane[]): string[] {
	const [first] = podium(lanes);
	const ar = lanes.find(({ session }) => session.settings.decoder === 'ar');
	if (!first || !ar) return [];
	const said = [
		first === ar
			? m.race_ar_wins({ speed: digits(ar.perSecond) })
			: m.race_wins({
					name: nameOfRacer(first.session.settings),
					speed: digits(first.perSecond),
					ratio: digits(first.perSecond / ar.perSecond)
				})
	];
	for (const lane of lanes) {
		if (lane === ar) continue;
		const numbers = {
			name: nameOfRacer(lane.session.settings),
			tokens: digits(lane.tokensPerPass),
			cost: digits(lane.stepMs / ar.stepMs),
			ratio: digits(lane.perSecond / ar.perSecond)
		};
		said.push(lane.perSecond >= ar.perSecond ? m.race_why(numbers) : m.race_why_not(numbers));
	}
	return said;
}

/** How far the runs of each lane lie apart, and whether the order of the first two could be chance. */
export function tellSpread(lanes: readonly Lane[]): string[] {
	const [first, second] = podium(lanes);
	const [a, b] = [first?.speeds ?? [], second?.speeds ?? []];
	if (a.length < 2 || b.length < 2) return [];
	const numbers = {
		runs: a.length,
		first: nameOfRacer(first!.session.settings),
		second: nameOfRacer(second!.session.settings)
	};
	return [b.at(-1)! < a[0]! ? m.race_apart(numbers) : m.race_overlap(numbers)];
}

/** Tokens a second from the slowest run of a lane to the fastest. */
const tellRuns = ({ speeds = [] }: Lane): string =>
	speeds.length < 2
		? m.race_one_run()
		: m.race_runs_between({
				runs: speeds.length,
				least: digits(speeds[0]!),
				most: digits(speeds.at(-1)!)
			});

/** Whether the text is AR's, in words; undefined where there is no AR lane to compare with. */
export function tellSame(lane: Lane, lanes: readonly Lane[]): string | undefined {
	if (!lanes.some(({ session }) => session.settings.decoder === 'ar')) return undefined;
	const { decoder, temperature } = lane.session.settings;
	if (decoder === 'ar') return m.race_same_ar();
	if (lane.differs === undefined) return m.race_same();
	const promised = lossless.includes(decoder) && temperature === 0;
	return promised
		? m.race_broken({ at: lane.differs + 1 })
		: m.race_differs({ at: lane.differs + 1 });
}

/** All numbers of all lanes. */
export function raceTable(lanes: readonly Lane[]): Table {
	const moved = lanes.some(({ bytes }) => bytes !== undefined);
	const ran = lanes.some(({ speeds }) => speeds !== undefined);
	const judged = lanes.some(({ perplexity }) => perplexity !== undefined);
	const joules = lanes.some(({ joules }) => joules !== undefined);
	return {
		head: [
			m.race_lane(),
			m.race_speed(),
			...(ran ? [m.race_spread()] : []),
			'T/NFE',
			m.race_acceptance(),
			m.race_step_ms(),
			m.race_first_ms(),
			...(moved ? [m.race_bytes()] : []),
			...(joules ? [m.race_joules()] : []),
			...(judged ? [m.race_perplexity()] : []),
			m.race_text()
		],
		rows: lanes.map((lane) => [
			nameOfRacer(lane.session.settings),
			lane.perSecond,
			...(ran ? [tellRuns(lane)] : []),
			lane.tokensPerPass,
			lane.acceptance === undefined ? '–' : `${digits(100 * lane.acceptance)} %`,
			lane.stepMs,
			lane.firstMs,
			...(moved ? [lane.bytes === undefined ? '–' : lane.bytes / 1e9] : []),
			...(joules ? [lane.joules ?? '–'] : []),
			...(judged ? [lane.perplexity ?? '–'] : []),
			tellSame(lane, lanes) ?? '–'
		])
	};
}

const problems: Record<RaceProblem, () => string> = {
	'not-json': m.race_problem_json,
	'too-large': m.race_problem_large,
	'not-a-race': m.race_problem_kind,
	lanes: m.race_problem_lanes,
	prompts: m.race_problem_prompts,
	session: m.race_problem_session,
	marks: m.race_problem_marks
};
export const tellProblem = (problem: RaceProblem): string => problems[problem]();
