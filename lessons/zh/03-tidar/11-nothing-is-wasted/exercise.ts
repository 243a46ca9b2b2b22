import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '找一步，只有草稿 1 留了下来，把它从头到尾玩一遍。',
	goals: ['这一步留下一个草稿'],
	hints: ['一直换，直到草稿 2 与自回归侧在那个位置上说的不同。', '第 5 步就是。'],
	solved:
		'连这一步也没有白费：它写定了一个词元，得出了下次前向里板上钉钉的更正，第 1 块也早已在后面备好。'
} satisfies ExerciseWords as ExerciseWords;
