import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '让 700 亿个权重的模型在一块 H100 上运行，每秒至少写 90 个词元。',
	goals: [
		'至少 700 亿个权重',
		'GPU 是 H100',
		'只用一块',
		'装得下，没有多出来的',
		'每秒至少 90 个词元'
	],
	hints: ['用带宽除以 90，就是每个词元最多能读的字节数。', '算下来，每个权重大约半个字节。'],
	solved:
		'每个权重 4 位，也就是半个字节。这样装得下了，速度是 16 位时的四倍。质量上要付出什么，是另一个问题，也要看怎么压。'
} satisfies ExerciseWords as ExerciseWords;
