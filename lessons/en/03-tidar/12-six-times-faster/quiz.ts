import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'quotient',
		[
			[6, 1.5],
			[9, 1.8],
			[8, 2.5]
		],
		(tokens, cost) => ({
			tolerance: 0.01,
			unit: '×',
			otherwise: 'Tokens a pass, divided by the cost of a pass.',
			ask: `A model adds ${tokens} tokens a pass, and a pass costs ${cost} plain ones. How many times as fast is it?`,
			why: `${tokens} ÷ ${cost}.`,
			answer: tokens / cost,
			slips: [
				{ value: tokens * cost, why: 'You multiplied. A dearer pass makes it slower, not faster.' },
				{ value: tokens, why: 'That would be so if a pass cost no more than a plain one.' },
				{ value: tokens - cost, why: 'Divide, do not subtract.' }
			]
		})
	),
	{
		id: 'loss',
		kind: 'choice',
		ask: 'At a batch of 32, a pass of an 8B model with 72 slots costs about eight plain passes. What follows for 5.5 tokens a pass?',
		why: '5.5 tokens for the price of about 8: plain decoding wins.',
		options: [
			{
				id: 'faster',
				text: 'Still 5.5 times as fast: tokens a pass are tokens a pass',
				slip: 'Tokens a pass is only the numerator.'
			},
			{ id: 'slower', text: 'TiDAR is slower than plain decoding there' },
			{
				id: 'same',
				text: 'Both are equally fast, since the GPU is now busy',
				slip: 'A busy GPU is exactly why extra slots are no longer cheap. Divide the two numbers.'
			}
		]
	},
	{
		id: 'which',
		kind: 'choice',
		ask: 'A faster attention kernel shortens a 272-slot pass and leaves the one-slot pass as it is. What changes?',
		why: 'The guesses stay as good as they are; only the denominator falls.',
		options: [
			{ id: 'cost', text: 'The cost of a pass falls, and the speed-up rises' },
			{
				id: 'tokens',
				text: 'Tokens a pass rise',
				slip: 'Which drafts are right does not depend on how long the pass takes.'
			},
			{
				id: 'none',
				text: 'Nothing: the speed-up is a property of the model',
				slip: 'T/NFE is a property of the model and the text. The cost of a pass belongs to GPU and kernels.'
			}
		]
	}
] satisfies Question[] as Question[];
