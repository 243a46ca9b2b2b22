import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Find the pass after which the cache holds exactly 50 positions.',
	goals: ['Positions in the cache after this pass: 50'],
	hints: [
		'The prefill puts the whole prompt into the cache. How many positions is that?',
		'Each pass behind it adds one.'
	],
	solved:
		'The prefill brings the whole prompt, each further pass a single position. So the pass has the number 50 less the length of the prompt, and you could have worked it out without a search.'
} satisfies ExerciseWords as ExerciseWords;
