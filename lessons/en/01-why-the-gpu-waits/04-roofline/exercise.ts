import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'How many slots of the 8B model take an H100 half of the way to its ridge?',
	goals: ['The GPU is an H100', 'The intensity is 48 to 52 % of the ridge'],
	hints: [
		'With weights of two bytes the intensity is nearly the number of slots.',
		'So begin at half of the ridge, then go on a little: the cache and what the slots carry along are moved as well.'
	],
	solved:
		'The weights alone would ask for as many slots as half of the ridge says. It takes some more, since each slot brings bytes of its own. The further up the slope, the more that counts.'
} satisfies ExerciseWords as ExerciseWords;
