import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'hidden',
		kind: 'choice',
		ask: 'The answer that a mask is to give stands in the same row, among the clean tokens. Why can it not copy it?',
		why: 'A mask sees the text before its block and its own block; the tokens in its block’s place are not among them.',
		options: [
			{ id: 'mask', text: 'The attention mask hides the tokens from its block’s beginning on' },
			{
				id: 'order',
				text: 'The masks are computed before the text',
				slip: 'All are computed in the same pass. What counts is who sees whom.'
			},
			{
				id: 'forgets',
				text: 'It could, but is punished for it',
				slip: 'A loss does not know where an answer comes from. It has to be made impossible.'
			}
		]
	},
	varied(
		'slots',
		[
			[1024, 8],
			[512, 4],
			[2048, 16]
		],
		(tokens, k) => ({
			tolerance: 0,
			unit: 'blocks',
			otherwise: 'As many masks as tokens, k to a block.',
			ask: `A row has ${tokens.toLocaleString('en')} tokens of text, and as many masks in blocks of ${k}. How many blocks are there?`,
			why: `${tokens.toLocaleString('en')} ÷ ${k}: each place is masked once.`,
			answer: tokens / k,
			slips: [
				{
					value: (2 * tokens) / k,
					why: `The row has ${(2 * tokens).toLocaleString('en')} slots, but only half of them are masks.`
				},
				{
					value: tokens,
					why: `In decoding there is a block behind each draft; here there is one to ${k} tokens.`
				}
			]
		})
	),
	{
		id: 'sixteen',
		kind: 'choice',
		ask: 'Our model brings as much with 16 drafts as with 8. What follows?',
		why: 'Drafts 9 to 16 count only if 1 to 8 are right, which hardly ever happens at its acceptance rate.',
		options: [
			{
				id: 'cut',
				text: 'Its blocks are cut off at eight by mistake',
				slip: 'Blocks of 16 were in its training. The drafts are made; they are hardly ever reached.'
			},
			{ id: 'rate', text: 'More drafts are of no use before more of them are right' },
			{
				id: 'gpu',
				text: 'The GPU is at its limit',
				slip: 'Tokens a pass do not depend on the GPU; only the time of a pass does.'
			}
		]
	}
] satisfies Question[] as Question[];
