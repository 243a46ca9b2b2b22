import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '不用点：k = 4 时有四个草稿、四块、每块四个掩码位，共二十个槽位。它们之间要填多少格？（前缀那一列不算。）',
	unit: '格',
	hints: [
		'草稿之间：1 + 2 + 3 + 4。',
		'第 j 块的一行看得见 j 个草稿和本块的四个掩码位，而一块有四行。'
	],
	solved:
		'草稿之间 10 格，各块 4 × 5 + 4 × 6 + 4 × 7 + 4 × 8 格：400 格里填 114 格。方阵的大部分是空的。'
} satisfies ExerciseWords as ExerciseWords;
