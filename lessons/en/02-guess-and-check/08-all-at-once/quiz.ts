import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'order',
		kind: 'order',
		ask: 'Bring one pass of block diffusion into order.',
		why: 'What is left over is predicted anew in the next pass, which sees what was filled in.',
		items: [
			{ id: 'read', text: 'The model reads the text and the block, masks included' },
			{
				id: 'predict',
				text: 'Every mask gets a likeliest token and a probability',
				slip: 'A prediction needs the pass over text and block first.'
			},
			{
				id: 'choose',
				text: 'Masks that reach the threshold, and the surest in any case, are chosen',
				slip: 'What is chosen is decided by the probabilities, so those come first.'
			},
			{
				id: 'fill',
				text: 'The chosen ones become text; the others stay masks',
				slip: 'Only what was chosen can be filled in.'
			}
		]
	},
	varied(
		'passes',
		[
			[3, 4, 1],
			[5, 3],
			[2, 2, 3, 1]
		],
		(...fills) => {
			const rest = fills.slice(0, -1);
			return {
				tolerance: 0.02,
				unit: 'tokens',
				otherwise: 'Tokens of the block, divided by the passes that it took.',
				ask: `A block has eight masks. Its passes, one after the other, fill in ${fills.join(', ')} of them. How many tokens a pass is that?`,
				why: `${fills.length} passes, 8 tokens.`,
				answer: 8 / fills.length,
				slips: [
					{
						value: 8,
						why: `That would be the whole block in one pass. Here it took ${fills.length}.`
					},
					{
						value: rest.reduce((a, b) => a + b, 0) / rest.length,
						why: 'You left out the last pass.'
					}
				]
			};
		}
	),
	{
		id: 'why',
		kind: 'choice',
		ask: 'Why does the text get worse when more masks are filled in per pass?',
		why: 'Each is likely by itself, and they need not go together.',
		options: [
			{ id: 'blind', text: 'What is filled in together has not seen each other' },
			{
				id: 'small',
				text: 'Because the model has less time to compute for each word',
				slip: 'Each mask gets the same layers and the same arithmetic, however many there are.'
			},
			{
				id: 'cache',
				text: 'Because the KV cache is no longer right',
				slip: 'A block enters the cache only when it is finished.'
			}
		]
	},
	{
		id: 'check',
		kind: 'choice',
		ask: 'The intern guesses badly, and the text stays the same. A diffusion model guesses badly. What happens to its text?',
		why: 'Nobody checks a mask that has been filled in. That is the difference between guessing and guess and check.',
		options: [
			{ id: 'worse', text: 'The bad guess stays in it' },
			{
				id: 'same',
				text: 'It stays the same and only takes longer',
				slip: 'That holds where a large model checks. Here nobody does.'
			},
			{
				id: 'again',
				text: 'The next pass corrects it',
				slip: 'With this rule what is filled in stays; only masks are predicted again.'
			}
		]
	}
] satisfies Question[] as Question[];
