import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Without clicking: with k = 4 there are four drafts and four blocks of four masks, twenty slots. How many cells are filled among them? (The prefix column is not counted.)',
	unit: 'cells',
	hints: [
		'Among the drafts: 1 + 2 + 3 + 4.',
		'A row of block j sees j drafts and the four masks of its own block; a block has four rows.'
	],
	solved:
		'10 among the drafts, and 4 × 5 + 4 × 6 + 4 × 7 + 4 × 8 in the blocks: 114 of 400. Most of the square stays empty.'
} satisfies ExerciseWords as ExerciseWords;
