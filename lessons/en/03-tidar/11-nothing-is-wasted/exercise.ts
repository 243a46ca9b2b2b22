import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Find a step in which draft 1 alone was kept, and play it to the end.',
	goals: ['One draft kept in this step'],
	hints: [
		'Go to another step until draft 2 differs from what the AR half says for its place.',
		'Step 5 is one.'
	],
	solved:
		'Even this step was not for nothing: it added a token, it found the correction, which is certain in the next pass, and block 1 stood ready behind it.'
} satisfies ExerciseWords as ExerciseWords;
