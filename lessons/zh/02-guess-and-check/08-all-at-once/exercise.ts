import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '第一个问题：找一个阈值，让模型每次前向填将近两个词元，又几乎不重复。',
	goals: ['第一个问题', '每次前向至少 1.9 个词元', '重复至多 2%'],
	hints: ['太急会乱，太慢不快。在中间找。', '从 50% 往下试。'],
	solved:
		'概率 30% 起填。可是第三个问题是写故事，同样的阈值就一直在原地打转：阈值不是裁判，它只知道模型有多大把握，不知道文字好不好。'
} satisfies ExerciseWords as ExerciseWords;
