import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '一项服务在 H100 上一次前向有 32 位用户。用八个草稿，TiDAR 的一步要花普通一步的 [batch32.ratio]时间，得到 [tidar.tokens8]。它的速度是普通解码的百分之几？',
	unit: '%',
	hints: ['每次前向的词元数除以一次前向的代价，和第 12 课一样。', '不到 100% 就是更慢。'],
	solved: '词元数除以代价，大约 70%。所以需要的 GPU 比原来还多，而不是六分之一。'
} satisfies ExerciseWords as ExerciseWords;
