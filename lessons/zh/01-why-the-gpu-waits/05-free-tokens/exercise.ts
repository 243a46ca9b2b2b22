import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '找出 Qwen3 8B 的“便宜”快要到头时的槽位数。',
	goals: ['模型是 Qwen3 8B', '一步比单槽位慢 48% 到 50%'],
	hints: ['慢到 50%，便宜就到头了。', '看图中中间那条带子的右边缘，再往回一点。'],
	solved:
		'对这个模型的一位用户，这么多槽位还算便宜。TiDAR 用八个草稿要 72 个，用十六个要 272 个：前者离边缘还远，后者已经出界。'
} satisfies ExerciseWords as ExerciseWords;
