import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'batch',
		kind: 'choice',
		ask: 'Why do more readers in a pass spoil the free slots?',
		why: 'The weights are read once for all, but every reader’s slots have to be computed; soon arithmetic is what takes the time.',
		options: [
			{ id: 'arithmetic', text: 'Their slots use up the arithmetic that was idle' },
			{
				id: 'weights',
				text: 'The weights have to be read once for each reader',
				slip: 'Once for all of them. That is the very reason for answering them together.'
			},
			{
				id: 'acceptance',
				text: 'Fewer drafts are accepted in a batch',
				slip: 'Whether a draft is right does not depend on who else is in the pass.'
			}
		]
	},
	varied(
		'energy',
		[
			[2.8, 4.2, 6],
			[2.5, 4, 5],
			[3, 4.5, 9]
		],
		(plain, drafted, tokens) => ({
			tolerance: 0.02,
			unit: 'J',
			otherwise: 'Energy of the step, divided by the tokens that it brings.',
			ask: `A step with drafts takes ${drafted} J instead of ${plain} J and brings ${tokens} tokens instead of one. How many joules does a token cost?`,
			why: `${drafted} J ÷ ${tokens}.`,
			answer: drafted / tokens,
			slips: [
				{ value: drafted, why: `That is the step. It brings ${tokens} tokens.` },
				{
					value: plain / tokens,
					why: `You divided the plain step. The one with drafts takes ${drafted} J.`
				},
				{ value: drafted / plain, why: 'That is how many times as much energy the step takes.' }
			]
		})
	),
	{
		id: 'phone',
		kind: 'choice',
		ask: 'A phone serves one reader only. Why does TiDAR with eight drafts not pay on it?',
		why: 'About twenty slots fit into the time of reading the weights. 72 do not.',
		options: [
			{
				id: 'memory',
				text: 'Its memory is too slow',
				slip: 'Slow memory makes slots cheaper: there is more time to compute in.'
			},
			{ id: 'ratio', text: 'Its chip computes too little for the bandwidth that it has' },
			{
				id: 'small',
				text: 'Small models cannot draft',
				slip: 'The acceptance was taken to be the same. Even so it does not pay.'
			}
		]
	}
] satisfies Question[] as Question[];
