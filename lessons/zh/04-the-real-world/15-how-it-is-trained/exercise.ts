import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '调一调这一行：除第一个词元外，每个位置恰好遮一次，分成三块。',
	goals: ['三块', '七个掩码位'],
	hints: ['八个词元，第一个不遮：第一块该从哪里开始？', '七个位置分三块，最后一块可以不满。'],
	solved:
		'每块三个，第一块跟在词元 1 后面：3 + 3 + 1。训练时，每一行的第一块从哪里开始都重新抽取，这样每个词元都会轮到块里的各个位置。'
} satisfies ExerciseWords as ExerciseWords;
