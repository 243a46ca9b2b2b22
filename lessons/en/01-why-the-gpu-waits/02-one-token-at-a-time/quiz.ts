import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'cache',
		kind: 'choice',
		ask: 'Why may keys and values of earlier positions be kept, although the text goes on growing?',
		why: 'A position looks back only. What is added behind it cannot change anything about it.',
		options: [
			{ id: 'back', text: 'Because no position looks at those behind it' },
			{
				id: 'small',
				text: 'Because the change is so small that it does not matter',
				slip: 'It is not small but zero: nothing that comes later enters them.'
			},
			{
				id: 'weights',
				text: 'Because they are part of the weights',
				slip: 'They are computed from this text; another text has others.'
			}
		]
	},
	varied(
		'prefill',
		[
			[300, 200],
			[150, 80],
			[420, 60]
		],
		(prompt, answer) => ({
			tolerance: 0,
			unit: 'passes',
			otherwise: 'One for the prompt, and one a token from there on.',
			ask: `A prompt of ${prompt} tokens, an answer of ${answer}. How many forward passes does plain decoding take to compute all of them?`,
			why: 'One pass for the whole prompt, then one for each token of the answer.',
			answer: answer + 1,
			slips: [
				{
					value: prompt + answer,
					why: 'The prompt’s tokens are all known: one pass computes them together.'
				},
				{ value: answer, why: 'The prompt has to be read as well.' },
				{ value: prompt, why: 'That is the length of the prompt. It takes a single pass.' }
			]
		})
	),
	{
		id: 'order',
		kind: 'order',
		ask: 'Bring one step of plain decoding into order.',
		why: 'Only when the choice is made does the next pass have something to compute.',
		items: [
			{ id: 'pass', text: 'The newest token goes through all layers' },
			{
				id: 'keep',
				text: 'Its keys and values are put into the cache',
				slip: 'They are made on the way through the layers.'
			},
			{
				id: 'predict',
				text: 'At the top stands a probability for every token',
				slip: 'The prediction is what comes out at the end of the layers.'
			},
			{
				id: 'choose',
				text: 'One token is chosen and put behind the text',
				slip: 'There has to be a prediction to choose from.'
			}
		]
	},
	{
		id: 'new',
		kind: 'pick',
		ask: 'Pick, in the figure, the one slot that this pass computes.',
		why: 'One slot a pass. All weights are read for it.',
		right: ['draft:1'],
		slips: {
			'prefix:': 'That one was computed earlier; only its keys and values are read.',
			'ar:': 'That is what the slot says comes next: it will be computed in the next pass.'
		},
		otherwise: 'It is the newest token of the text. Go to any step but the first.'
	}
] satisfies Question[] as Question[];
