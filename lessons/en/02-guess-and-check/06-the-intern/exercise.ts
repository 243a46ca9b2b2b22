import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'An intern is right in 8 of 10 cases and costs a fifth of a pass a draft. How many drafts a round are best?',
	goals: ['Acceptance 0.8', 'A draft costs 0.2', 'No other number of drafts is faster'],
	hints: [
		'Set the two, then look for the highest point of the lowest curve.',
		'Compare three, four and five.'
	],
	solved:
		'Four. The fifth draft costs as much as any other, but counts only in every third round: it brings less than it takes.'
} satisfies ExerciseWords as ExerciseWords;
