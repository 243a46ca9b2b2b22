import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '某实习生十次对八次，每个草稿要花五分之一次前向。每轮写几个草稿最好？',
	goals: ['接受率 0.8', '一个草稿的代价是 0.2', '换别的草稿数都不会更快'],
	hints: ['先设好这两个数，再找最下面那条曲线的最高点。', '比比三个、四个和五个。'],
	solved: '四个。第五个草稿和别的一样贵，却三轮才有一轮算数：得到的比花掉的少。'
} satisfies ExerciseWords as ExerciseWords;
