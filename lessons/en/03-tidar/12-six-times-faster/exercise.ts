import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'On some GPU a TiDAR pass costs one and a half plain ones. It is to write five times as fast. How many tokens must a pass bring?',
	goals: [
		'A pass costs at least 1.5 plain ones',
		'At most 8 tokens a pass',
		'At least five times as fast'
	],
	hints: [
		'The speed-up is a quotient: tokens a pass over the cost of a pass.',
		'So tokens a pass are the speed-up times the cost.'
	],
	solved:
		'7.5 tokens a pass. A dearer pass asks for better guesses in the same proportion, and better guesses are hard to come by: that is why so much work goes into kernels.'
} satisfies ExerciseWords as ExerciseWords;
