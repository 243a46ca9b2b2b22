import { repeat, type GroupedAttention, type LayerKind, type Mlp, type Model } from './model.ts';

const hub = (name: string) => `config.json of ${name} on huggingface.co, read 2026-11`;

const gqa = (
	heads: number,
	kvHeads: number,
	headDim: number,
	more: Partial<GroupedAttention> = {}
): GroupedAttention => ({ kind: 'gqa', heads, kvHeads, headDim, ...more });

const dense = (width: number): Mlp => ({ kind: 'dense', width });
const moe = (experts: number, active: number, width: number, sharedWidth = 0): Mlp => ({
	kind: 'moe',
	experts,
	active,
	width,
	sharedWidth
});

/** A model whose layers are all alike. */
function uniform(
	id: string,
	name: string,
	[hidden, layers, vocab]: [number, number, number],
	kind: LayerKind,
	more: Pick<Model, 'source' | 'published'> & Partial<Model>
): Model {
	return { id, name, hidden, vocab, tied: false, kinds: [kind], layers: repeat(layers), ...more };
}

const qwen25Small: LayerKind = {
	attention: gqa(12, 2, 128, { bias: true }),
	mlp: dense(8960)
};
const qwen3Eight: LayerKind = { attention: gqa(32, 8, 128, { qkNorm: true }), mlp: dense(12288) };
const llamaSeventy: LayerKind = { attention: gqa(64, 8, 128), mlp: dense(28672) };

const latent = {
	kind: 'mla',
	heads: 128,
	queryRank: 1536,
	latent: 512,
	rope: 64,
	nope: 128,
	value: 128
} as const;

const card = (name: string) => `model card of ${name}, read 2026-11`;

export const models: readonly Model[] = [
	uniform(
		'smollm2-135m',
		'SmolLM2 135M',
		[576, 30, 49152],
		{ attention: gqa(9, 3, 64), mlp: dense(1536) },
		{
			tied: true,
			source: hub('HuggingFaceTB/SmolLM2-135M'),
			published: { billions: 0.1345, source: card('SmolLM2-135M') }
		}
	),
	uniform('tidar-1.5b', 'TiDAR 1.5B', [1536, 28, 151936], qwen25Small, {
		tied: true,
		source: 'arXiv 2511.08923: continued from Qwen2.5 1.5B, shapes unchanged',
		published: { billions: 1.54, source: card('Qwen2.5-1.5B') }
	}),
	uniform('tidar-8b', 'TiDAR 8B', [4096, 36, 151936], qwen3Eight, {
		source: 'arXiv 2511.08923: continued from Qwen3 8B, shapes unchanged',
		published: { billions: 8.19, source: card('Qwen3-8B') }
	}),
	uniform('qwen2.5-1.5b', 'Qwen2.5 1.5B', [1536, 28, 151936], qwen25Small, {
		tied: true,
		source: hub('Qwen/Qwen2.5-1.5B'),
		published: { billions: 1.54, source: card('Qwen2.5-1.5B') }
	}),
	uniform(
		'qwen2.5-14b',
		'Qwen2.5 14B',
		[5120, 48, 152064],
		{ attention: gqa(40, 8, 128, { bias: true }), mlp: dense(13824) },
		{
			source: hub('Qwen/Qwen2.5-14B'),
			published: { billions: 14.7, source: card('Qwen2.5-14B') }
		}
	),
	uniform('qwen3-8b', 'Qwen3 8B', [4096, 36, 151936], qwen3Eight, {
		source: hub('Qwen/Qwen3-8B'),
		published: { billions: 8.19, source: hub('Qwen/Qwen3-8B') }
	}),
	uniform(
		'qwen3-32b',
		'Qwen3 32B',
		[5120, 64, 151936],
		{ attention: gqa(64, 8, 128, { qkNorm: true }), mlp: dense(25600) },
		{ source: hub('Qwen/Qwen3-32B'), published: { billions: 32.8, source: card('Qwen3-32B') } }
	),
	uniform(
		'qwen3-30b-a3b',
		'Qwen3 30B-A3B',
		[2048, 48, 151936],
		{ attention: gqa(32, 4, 128, { qkNorm: true }), mlp: moe(128, 8, 768) },
		{
			source: hub('Qwen/Qwen3-30B-A3B'),
			published: { billions: 30.5, source: card('Qwen3-30B-A3B') }
		}
	),
	uniform(
		'qwen3-235b-a22b',
		'Qwen3 235B-A22B',
		[4096, 94, 151936],
		{ attention: gqa(64, 4, 128, { qkNorm: true }), mlp: moe(128, 8, 1536) },
		{
			source: hub('Qwen/Qwen3-235B-A22B'),
			published: { billions: 235, source: card('Qwen3-235B-A22B') }
		}
	),
	uniform(
		'llama-3.1-8b',
		'Llama 3.1 8B',
		[4096, 32, 128256],
		{ attention: gqa(32, 8, 128), mlp: dense(14336) },
		{
			source: hub('meta-llama/Llama-3.1-8B'),
			published: { billions: 8.03, source: card('Llama-3.1-8B') }
		}
	),
	uniform('llama-3.1-70b', 'Llama 3.1 70B', [8192, 80, 128256], llamaSeventy, {
		source: hub('meta-llama/Llama-3.1-70B'),
		published: { billions: 70.6, source: card('Llama-3.1-70B') }
	}),
	uniform(
		'llama-3.1-405b',
		'Llama 3.1 405B',
		[16384, 126, 128256],
		{ attention: gqa(128, 8, 128), mlp: dense(53248) },
		{
			source: hub('meta-llama/Llama-3.1-405B'),
			published: { billions: 406, source: card('Llama-3.1-405B') }
		}
	),
	uniform('article-70b', "The article's 70B (Llama 3 shapes)", [8192, 80, 128256], llamaSeventy, {
		source: 'The article names only 70 B parameters and 140 GB; shapes of Llama 3 70B',
		published: { billions: 70, source: 'the article: 70 B parameters, 140 GB in 16 bits' }
	}),
	uniform(
		'mixtral-8x7b',
		'Mixtral 8x7B',
		[4096, 32, 32000],
		{ attention: gqa(32, 8, 128), mlp: moe(8, 2, 14336) },
		{
			source: hub('mistralai/Mixtral-8x7B-v0.1'),
			published: { billions: 46.7, source: 'arXiv 2401.04088' }
		}
	),
	...(
		[
			['gpt-oss-20b', 'gpt-oss-20b', 24, 32, 20.9],
			['gpt-oss-120b', 'gpt-oss-120b', 36, 128, 116.8]
		] as const
	).map(([id, name, layers, experts, billions]): Model => {
		const mlp = moe(experts, 4, 2880);
		return {
			id,
			name,
			hidden: 2880,
			vocab: 201088,
			tied: false,
			kinds: [
				{ attention: gqa(64, 8, 64, { window: 128, bias: true }), mlp },
				{ attention: gqa(64, 8, 64, { bias: true }), mlp }
			],
			layers: repeat(layers, [0, 1]),
			source: hub(`openai/${name}`),
			published: { billions, source: 'arXiv 2508.10925' },
			note: 'Published with its experts in 4 bits (MXFP4).'
		};
	}),
	{
		id: 'deepseek-v3',
		name: 'DeepSeek-V3',
		hidden: 7168,
		vocab: 129280,
		tied: false,
		kinds: [
			{ attention: latent, mlp: dense(18432) },
			{ attention: latent, mlp: moe(256, 8, 2048, 2048) }
		],
		layers: [...repeat(3, [0]), ...repeat(58, [1])],
		source: hub('deepseek-ai/DeepSeek-V3'),
		published: { billions: 671, source: 'arXiv 2412.19437' },
		note: 'Published in 8 bits (fp8).'
	},
	...(
		[
			['gemma-3-4b', 'Gemma 3 4B', 2560, 34, gqa(8, 4, 256, { qkNorm: true }), 10240, 3.884],
			['gemma-3-27b', 'Gemma 3 27B', 5376, 62, gqa(32, 16, 128, { qkNorm: true }), 21504, 27.016]
		] as const
	).map(([id, name, hidden, layers, attention, width, billions]): Model => ({
		id,
		name,
		hidden,
		vocab: 262144,
		tied: true,
		kinds: [
			{ attention: { ...attention, window: 1024 }, mlp: dense(width) },
			{ attention, mlp: dense(width) }
		],
		layers: repeat(layers, [0, 0, 0, 0, 0, 1]),
		source: hub(`google/${id}-pt`),
		published: { billions, source: 'arXiv 2503.19786, table 1, without the vision encoder' }
	})),
	uniform(
		'llada-8b',
		'LLaDA 8B',
		[4096, 32, 126464],
		{ attention: gqa(32, 32, 128), mlp: dense(12288) },
		{
			source: hub('GSAI-ML/LLaDA-8B-Base'),
			published: { billions: 8.02, source: 'arXiv 2502.09992' }
		}
	),
	uniform(
		'dream-7b',
		'Dream 7B',
		[3584, 28, 152064],
		{ attention: gqa(28, 4, 128, { bias: true }), mlp: dense(18944) },
		{
			source: hub('Dream-org/Dream-v0-Base-7B'),
			published: { billions: 7.62, source: card('Qwen2.5-7B, which it starts from') }
		}
	)
];

const byId = new Map(models.map((m) => [m.id, m]));

/** The model of an id such as 'qwen3-8b', or undefined. */
export const findModel = (id: string): Model | undefined => byId.get(id);
