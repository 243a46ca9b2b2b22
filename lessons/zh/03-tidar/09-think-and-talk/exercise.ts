import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '找一步，四个草稿全对。',
	goals: ['这一步得到四个词元'],
	hints: ['全部接受的那一步，会拿第 4 块当下一批草稿。', '在这次运行的后半段。'],
	solved:
		'四个都与自回归侧说的相同，一次前向的价钱得了四个词元；恰好为这种情形写的第 4 块，成了下一批草稿。'
} satisfies ExerciseWords as ExerciseWords;
