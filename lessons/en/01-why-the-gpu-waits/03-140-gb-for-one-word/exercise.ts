import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'A model of 70 billion weights is to run on a single H100, and to write at least 90 tokens a second.',
	goals: [
		'At least 70 billion weights',
		'The GPU is an H100',
		'One of them',
		'Nothing is left over that does not fit',
		'At least 90 tokens a second'
	],
	hints: [
		'Divide the bandwidth by 90: that many bytes may be read for a token.',
		'It comes to about half a byte a weight.'
	],
	solved:
		'Four bits a weight, half a byte. Now it fits, and it is four times as fast as sixteen bits would be. What that costs in quality is another question, and depends on how it is done.'
} satisfies ExerciseWords as ExerciseWords;
