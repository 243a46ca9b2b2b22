import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'Four readers at once, and drafts that are right in three of four cases. How many drafts can TiDAR take without falling behind the head?',
	goals: [
		'Four readers',
		'Acceptance 0.75',
		'TiDAR is at least as fast as the head',
		'As many drafts as that allows: four or more'
	],
	hints: [
		'With five drafts TiDAR’s pass holds 42 slots a reader. How many readers are there?',
		'Take one draft less, and watch TiDAR’s slots shrink: they go with the square.'
	],
	solved:
		'Four. TiDAR’s slots grow with the square of the drafts, the head’s with the drafts. So with more company TiDAR has to be content with shorter drafts, and with eight readers the head is ahead almost whatever you choose.'
} satisfies ExerciseWords as ExerciseWords;
