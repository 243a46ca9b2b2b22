import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Find a step in which all four drafts were right.',
	goals: ['Four tokens added in this step'],
	hints: [
		'A step that accepts everything takes block 4 for the next drafts.',
		'There is one in the second half of the run.'
	],
	solved:
		'All four agreed with what the AR half said, so the step brought four tokens for the price of one pass, and block 4, drafted for exactly this case, became the next drafts.'
} satisfies ExerciseWords as ExerciseWords;
