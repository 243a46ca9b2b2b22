import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'why',
		kind: 'choice',
		ask: 'Why do 48 slots take hardly longer than 4?',
		why: 'Time goes into moving the weights, and that is done once, however many slots use them.',
		options: [
			{
				id: 'weights',
				text: 'The weights are read once for all of them, and reading them is what takes the time'
			},
			{
				id: 'parallel',
				text: 'A GPU has enough processors to compute any number of slots at once',
				slip: 'Not any number: past the ridge the same GPU needs time in proportion to the slots.'
			},
			{
				id: 'cache',
				text: 'The KV cache has their results already',
				slip: 'The cache holds earlier positions. These slots are new and have to be computed.'
			}
		]
	},
	{
		id: 'zone',
		kind: 'choice',
		ask: 'A step takes 6 ms with one slot and 8.4 ms with 72. By this site’s definition, the 72 slots are …',
		why: '8.4 is 40 % more than 6: over 10 %, under 50 %.',
		options: [
			{ id: 'free', text: 'free', slip: 'Free ends at 10 % more. Here it is 2.4 ms on top of 6.' },
			{ id: 'cheap', text: 'cheap' },
			{ id: 'paid', text: 'paid', slip: 'Paid begins at 50 % more, which would be 9 ms.' }
		]
	},
	{
		id: 'readers',
		kind: 'choice',
		ask: 'Who profits most from free slots?',
		why: 'With few readers and a large model almost all of the time is reading weights.',
		options: [
			{
				id: 'service',
				text: 'A busy service with many readers a GPU',
				slip: 'Its readers fill the slots already.'
			},
			{ id: 'alone', text: 'A single reader with a large model' },
			{
				id: 'tiny',
				text: 'A single reader with a tiny model',
				slip: 'Look at the 1.5B model in the figure: the smaller the weights, the more everything else counts.'
			}
		]
	}
] satisfies Question[] as Question[];
