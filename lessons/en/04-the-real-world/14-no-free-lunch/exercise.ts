import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Thirty-two readers in one pass of an H100. Choose the drafts so that TiDAR still writes a third faster than plain decoding.',
	goals: ['The place is the H100', 'At least 32 readers', 'At least 1.35 times as fast'],
	hints: [
		'Eight drafts are far too many: each reader brings 72 slots.',
		'Follow the framed cells down the map.'
	],
	solved:
		'Three drafts, twelve slots a reader. Fewer drafts guess less and cost much less, since slots go with the square. Below that there is hardly anything left to gain.'
} satisfies ExerciseWords as ExerciseWords;
