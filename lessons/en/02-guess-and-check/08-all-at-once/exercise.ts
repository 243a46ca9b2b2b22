import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'First question: find a threshold at which the model fills in nearly two tokens a pass, and hardly repeats itself.',
	goals: ['The first question', 'At least 1.9 tokens a pass', 'At most 2 % repeats'],
	hints: [
		'Fast and careless is not what is wanted, slow and careful is not fast. Look in between.',
		'Go down from 50 %.'
	],
	solved:
		'From a probability of 30 % on. On the third question, a story, the same threshold goes round in circles: a threshold is no judge. It knows how sure the model is, not whether the text is good.'
} satisfies ExerciseWords as ExerciseWords;
