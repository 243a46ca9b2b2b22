import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Draw at least a thousand tokens, and come within 4 % of what the AR half would write.',
	goals: ['At least 1,000 draws', 'The output is at most 4 % away from p'],
	hints: [
		'Of the three rules only one does not depend on q in the long run.',
		'Chance alone keeps a hundred draws from looking like p; draw more.'
	],
	solved:
		'Only the rule that checks comes close, and the more you draw, the closer. With the other two the distance settles at something else: more draws do not cure a wrong rule.'
} satisfies ExerciseWords as ExerciseWords;
