import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '找出哪一次前向之后，缓存里恰好有 50 个位置。',
	goals: ['这次前向之后缓存里的位置数是 50'],
	hints: ['预填充把整个提示词放进缓存，那是多少个位置？', '此后每次前向添一个。'],
	solved:
		'预填充放进整个提示词，此后每次前向只添一个位置。所以前向的编号就是 50 减去提示词的长度，不必一步步找也算得出来。'
} satisfies ExerciseWords as ExerciseWords;
