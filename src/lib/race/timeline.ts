import type { DecoderName } from '$engine/decode/index.ts';
import { runDecoders, type RunDecoder } from '$engine/timeline/decoders.ts';
import { MOST_RUNS } from '../timeline/choice.ts';

/** What /timeline simulates in place of each decoder; prompt lookup drafts for nothing, which it has no run for. */
const runs: Partial<Record<DecoderName, RunDecoder>> = {
	ar: 'ar',
	speculative: 'speculative',
	eagle3: 'eagle3',
	block: 'diffusion',
	llada: 'diffusion',
	dream: 'diffusion',
	tidar: 'tidar',
	'tidar-tree': 'tidar'
};

/** The runs of /timeline that stand for some lanes, in its own order and no more than it takes. */
export const timelineRuns = (lanes: readonly DecoderName[]): readonly RunDecoder[] => {
	const wanted = new Set(lanes.map((lane) => runs[lane]));
	return runDecoders.filter((run) => wanted.has(run)).slice(0, MOST_RUNS);
};
