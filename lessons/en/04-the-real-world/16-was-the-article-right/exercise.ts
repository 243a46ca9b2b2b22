import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'A service has 32 readers in a pass on an H100. With eight drafts a TiDAR step takes [batch32.ratio] as long as a plain one and brings [tidar.tokens8]. At how many per cent of plain decoding’s speed does it write?',
	unit: '%',
	hints: ['Tokens a pass over the cost of a pass, as in lesson 12.', 'Below 100 % it is slower.'],
	solved:
		'Tokens a pass divided by the cost of a pass: about 70 %. So it would take more GPUs than before, not a sixth of them.'
} satisfies ExerciseWords as ExerciseWords;
