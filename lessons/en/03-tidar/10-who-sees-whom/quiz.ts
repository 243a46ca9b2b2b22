import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'peek',
		kind: 'choice',
		ask: 'Suppose the masks of block 1 were allowed to see draft 2. What would go wrong?',
		why: 'Block 1 is used only if draft 2 was wrong, so it would have been filled in beside a wrong token.',
		options: [
			{
				id: 'wrong-world',
				text: 'Block 1 would be drafted to fit a token that, whenever block 1 is used, has just been rejected'
			},
			{
				id: 'slow',
				text: 'The pass would take longer',
				slip: 'One more cell costs next to nothing. It is the content that suffers.'
			},
			{
				id: 'not-lossless',
				text: 'The output would no longer equal plain decoding',
				slip: 'The judge does not look at masks, so the output stays what it was. The drafts would be worse, and fewer of them accepted.'
			},
			{
				id: 'nothing',
				text: 'Nothing; more context is always better',
				slip: 'Not context that is known to be wrong in the only case that matters.'
			}
		]
	},
	{
		id: 'judge',
		kind: 'choice',
		ask: 'And suppose draft 2 were allowed to see a mask. What then?',
		why: 'What is said at a draft must be what plain decoding would have said. A mask is not part of the text.',
		options: [
			{
				id: 'not-lossless',
				text: 'What the AR half says there would change, and the output with it'
			},
			{
				id: 'fewer',
				text: 'Fewer drafts would be accepted, and the output would be the same',
				slip: 'The verdict itself would change: AR predictions decide the output, so the output need not be the same.'
			},
			{
				id: 'nothing',
				text: 'Nothing: masks carry no information',
				slip: 'A mask has keys and values like any other slot, and they would take part in the attention.'
			}
		]
	},
	varied(
		'count',
		[
			[8, 5],
			[6, 2],
			[4, 3]
		],
		(k, block) => ({
			tolerance: 0,
			unit: 'slots',
			otherwise: 'Drafts of its case, and masks of its block.',
			ask: `With k = ${k}: how many slots of the same pass, itself included, does a mask of block ${block} see?`,
			why: `The ${block} drafts of its case and the ${k} masks of its block.`,
			answer: block + k,
			slips: [
				{
					value: k,
					why: 'Those are the masks of its block. It sees the drafts of its case as well.'
				},
				{ value: block + k - 1, why: 'It sees itself, too.' },
				{
					value: 2 * k,
					why: `It does not see all ${k} drafts, only those that are right in its case.`
				},
				{ value: block, why: 'Those are the drafts. The masks of its own block see each other.' }
			]
		})
	),
	{
		id: 'split',
		kind: 'pick',
		ask: 'Pick, in the figure, a cell that must stay empty because its two slots belong to futures that exclude each other.',
		why: 'The two belong to different cases, and at most one case comes true: block 1 exists only where draft 2 is wrong, block 2 only where it is right.',
		right: [
			'mask:1:1>mask:2:1',
			'mask:1:1>mask:2:2',
			'mask:1:2>mask:2:1',
			'mask:1:2>mask:2:2',
			'mask:2:1>mask:1:1',
			'mask:2:1>mask:1:2',
			'mask:2:2>mask:1:1',
			'mask:2:2>mask:1:2',
			'mask:1:1>draft:2',
			'mask:1:2>draft:2'
		],
		slips: {
			'draft:': 'Drafts are in every future up to where they are wrong. Look among the blocks.',
			'mask:1': 'These two may see each other, or one is part of the other’s case.',
			'mask:2': 'These two may see each other, or one is part of the other’s case.'
		},
		otherwise:
			'Look where the rows of one block meet the columns of another. Set k back to 2 if you changed it.'
	}
] satisfies Question[] as Question[];
