import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Find the number of slots at which “cheap” is just about to end for Qwen3 8B.',
	goals: ['The model is Qwen3 8B', 'The step takes 48 to 50 % longer than with one slot'],
	hints: [
		'Cheap ends where a step takes 50 % longer.',
		'Look for the right-hand edge of the middle band in the plot, and go a step back.'
	],
	solved:
		'So many slots are cheap for one reader of this model. TiDAR takes 72 of them with eight drafts, and 272 with sixteen: the first are well inside, the second are outside.'
} satisfies ExerciseWords as ExerciseWords;
