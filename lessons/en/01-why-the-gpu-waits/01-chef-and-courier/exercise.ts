import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'The courier stays at twenty seconds a trip, the chef at three seconds a dish. Bring it about that the chef is busy for half of the time.',
	goals: [
		'A trip takes at least 20 seconds',
		'A dish takes at most 3 seconds',
		'The chef is busy at least half of the time'
	],
	hints: [
		'Busy for half of the time means: cooking takes as long as the trip.',
		'How many dishes of three seconds does it take to fill twenty?'
	],
	solved:
		'Seven dishes a trip: 21 seconds at the stove against 20 on the road. Nobody has become faster; each trip is better used. In a GPU it would take not seven but about three hundred.'
} satisfies ExerciseWords as ExerciseWords;
