import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Set the row so that every token but the first is masked exactly once, in three blocks.',
	goals: ['Three blocks', 'Seven masks'],
	hints: [
		'Eight tokens, and the first stays: where must the first block begin?',
		'Seven places in three blocks: the last block may be cut.'
	],
	solved:
		'Blocks of three, the first behind token 1: 3 + 3 + 1. In training where the first block begins is drawn anew for each row, so that every token is masked in its turn at every place of a block.'
} satisfies ExerciseWords as ExerciseWords;
