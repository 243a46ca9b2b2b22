import { sources as hardware, type SourceId } from '../engine/hardware/index.ts';

/** Publications and measurements that the lessons rest on, beside the sources of hardware numbers. */
const publications = {
	tidar: {
		short: 'Liu et al. 2025',
		title: 'Liu et al., TiDAR: Think in Diffusion, Talk in Autoregression',
		date: '2025-11-12',
		url: 'https://arxiv.org/abs/2511.08923'
	},
	leviathan: {
		short: 'Leviathan et al. 2023',
		title: 'Leviathan, Kalman, Matias, Fast Inference from Transformers via Speculative Decoding',
		date: '2023',
		url: 'https://arxiv.org/abs/2211.17192'
	},
	eagle: {
		short: 'Li et al. 2024',
		title: 'Li et al., EAGLE: Speculative Sampling Requires Rethinking Feature Uncertainty',
		date: '2024-01',
		url: 'https://arxiv.org/abs/2401.15077'
	},
	eagle3: {
		short: 'Li et al. 2025',
		title:
			'Li et al., EAGLE-3: Scaling up Inference Acceleration of Large Language Models via Training-Time Test',
		date: '2025-03',
		url: 'https://arxiv.org/abs/2503.01840'
	},
	llada: {
		short: 'Nie et al. 2025',
		title: 'Nie et al., Large Language Diffusion Models',
		date: '2025',
		url: 'https://arxiv.org/abs/2502.09992'
	},
	dream: {
		short: 'Ye et al. 2025',
		title: 'Ye et al., Dream 7B: Diffusion Large Language Models',
		date: '2025',
		url: 'https://arxiv.org/abs/2508.15487'
	},
	roofline: {
		short: 'Williams et al. 2009',
		title: 'Williams, Waterman, Patterson, Roofline: An Insightful Visual Performance Model',
		date: '2009',
		url: 'https://doi.org/10.1145/1498765.1498785'
	},
	article: {
		title:
			'《GPU快到飞起，为什么ChatGPT还是慢吞吞？》, an article after M. Gupta, The Strangest Bottleneck in Modern LLMs (Towards Data Science, 2026-02-16)',
		date: '2026',
		url: ''
	},
	transformer: {
		short: 'Vaswani et al. 2017',
		title: 'Vaswani et al., Attention Is All You Need',
		date: '2017',
		url: 'https://arxiv.org/abs/1706.03762'
	},
	'measured-steps': {
		title: 'Decode steps measured for this site on an H100, PyTorch with CUDA graphs, batch 1',
		date: '2026-11-24',
		url: ''
	},
	'measured-energy': {
		title: 'Energy counter of the same H100, over several hundred steps each',
		date: '2026-11-24',
		url: ''
	},
	training: {
		title: 'Runs of engine/train: RESULTS.md, results/*.json and results/logs',
		date: '2026-11',
		url: ''
	},
	'cost-model': { title: 'The simulator of this site, engine/cost', date: '2026-11', url: '' },
	shapes: { title: 'Counted from the shapes in the model’s config.json', date: '2026-11', url: '' },
	session: { title: 'A run of the model, recorded for this site', date: '', url: '' },
	arithmetic: { title: 'Follows from the numbers beside it', date: '', url: '' }
} as const;

export type LessonSource = SourceId | keyof typeof publications;
export interface Source {
	/** As it is cited in a sentence, where it has authors. */
	readonly short?: string;
	readonly title: string;
	readonly date: string;
	readonly url: string;
}

/** @throws Error for an id that no list holds. */
export function sourceOf(id: LessonSource): Source {
	const found = { ...hardware, ...publications }[id] as Source | undefined;
	if (!found) throw new Error(`There is no source "${id}".`);
	return found;
}
