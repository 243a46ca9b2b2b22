import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '至少抽一千个词元，让结果与自回归侧会写的相差不超过 4%。',
	goals: ['至少抽 1,000 次', '结果与 p 相差至多 4%'],
	hints: ['三条规则里，长远来看只有一条与 q 无关。', '只抽一百次，单凭运气就不会像 p；多抽一些。'],
	solved:
		'只有逐个检查的那条会靠近，而且抽得越多越近。另外两条会停在别处：规则错了，抽得再多也救不回来。'
} satisfies ExerciseWords as ExerciseWords;
