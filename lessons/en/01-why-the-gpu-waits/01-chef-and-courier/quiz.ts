import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'load',
		kind: 'choice',
		ask: 'What does the “courier” carry into the chip for every token?',
		why: 'The chip can hold only a sliver of the weights, so all of them pass through again for each token.',
		options: [
			{ id: 'weights', text: 'All the weights of the model' },
			{
				id: 'prompt',
				text: 'The prompt and the answer so far',
				slip: 'What is needed of them lies in the KV cache: it is read as well, but it is small beside the weights.'
			},
			{
				id: 'token',
				text: 'The last token',
				slip: 'A token is a single number. It would not keep anybody waiting.'
			}
		]
	},
	{
		id: 'plates',
		kind: 'choice',
		ask: 'Two ways to more dishes a minute: a courier twice as fast, or two dishes from each trip. Cooking takes next to no time. Which brings more?',
		why: 'If cooking costs nothing, the minute is all trips; either way there are twice as many dishes.',
		options: [
			{
				id: 'courier',
				text: 'The faster courier',
				slip: 'Try it in the figure with the cooking time near zero: compare the dishes a minute.'
			},
			{
				id: 'dishes',
				text: 'Two dishes a trip',
				slip: 'Try it in the figure with the cooking time near zero: compare the dishes a minute.'
			},
			{ id: 'same', text: 'Both the same' }
		]
	},
	varied(
		'share',
		[
			[9, 1],
			[12, 3],
			[18, 2]
		],
		(trip, cook) => {
			const busy = (100 * cook) / (trip + cook);
			return {
				tolerance: 0.02,
				unit: '%',
				otherwise: 'Cooking, divided by trip and cooking together.',
				ask: `A trip of ${trip} s, and ${cook} s of cooking. How much of the time is the chef busy?`,
				why: `${cook} s out of ${trip + cook} s.`,
				answer: busy,
				slips: [
					{
						value: (100 * cook) / trip,
						why: `That is ${cook} ÷ ${trip}. The round takes ${trip + cook} s, trip and cooking together.`
					},
					{ value: 100 - busy, why: 'That is the time that the chef waits.' }
				]
			};
		}
	)
] satisfies Question[] as Question[];
