import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'case',
		kind: 'choice',
		ask: 'Block 3 is drafted in every pass. In which case are its guesses used?',
		why: 'Every block belongs to one possible outcome, and only one outcome comes true.',
		options: [
			{ id: 'exactly', text: 'When exactly 3 drafts are accepted' },
			{
				id: 'atleast',
				text: 'When at least 3 drafts are accepted',
				slip: 'If 4 are accepted, block 3 begins one position too early: its first mask stands where draft 4 already is.'
			},
			{
				id: 'third',
				text: 'When draft 3 is the one that is wrong',
				slip: 'If draft 3 is wrong, only 2 were accepted, and what is needed begins behind draft 2: block 2.'
			},
			{
				id: 'always',
				text: 'Always; blocks are used one after the other',
				slip: 'Blocks do not queue up. They are alternatives for the same next step, and all but one are dropped.'
			}
		]
	},
	varied('slots', [[6], [5], [10]], (k) => ({
		tolerance: 0,
		unit: 'slots',
		otherwise: 'Count the drafts, then the blocks, then the masks in each block.',
		ask: `How many slots does a TiDAR pass with k = ${k} compute?`,
		why: `${k} drafts, and ${k} blocks of ${k} masks: ${k} + ${k * k}.`,
		answer: k + k * k,
		slips: [
			{ value: k * k, why: 'Those are the masks. The drafts take slots as well.' },
			{
				value: 2 * k,
				why: `There is more than one block: one for every possible number of accepted drafts, ${k} in all.`
			},
			{
				value: k + k * (k + 1),
				why: 'There is no block for 0 accepted drafts: draft 1 is always right.'
			}
		]
	})),
	{
		id: 'certain',
		kind: 'pick',
		ask: 'Pick, in the figure, the slot whose token is certain to be kept before the pass has even begun.',
		why: 'Draft 1 is the AR half’s own choice from the pass before. It has been verified already.',
		right: ['draft:1'],
		slips: {
			'draft:': 'This draft is a guess of the diffusion half; it stands or falls with this pass.',
			'mask:': 'A mask is a guess for later. It is not compared with anything in this pass.',
			'ar:': 'That is a prediction, made in this pass, not something that enters it.',
			'prefix:': 'The prefix is settled, but it is in the cache: it takes no slot.'
		},
		otherwise: 'Look among the drafts.'
	},
	{
		id: 'order',
		kind: 'order',
		ask: 'Bring one TiDAR step into order.',
		why: 'One pass computes everything; the verdict afterwards only chooses among what is there.',
		items: [
			{ id: 'pass', text: 'All drafts and all masks are computed in one forward pass' },
			{
				id: 'compare',
				text: 'The drafts are compared with the AR half’s predictions',
				slip: 'There is nothing to compare before the pass has made its predictions.'
			},
			{
				id: 'keep',
				text: 'Keys and values of the accepted drafts join the cache',
				slip: 'What is kept follows from the comparison.'
			},
			{
				id: 'block',
				text: 'The block for that number of drafts becomes the next drafts',
				slip: 'Only when it is known how many drafts were accepted can the block be chosen.'
			}
		]
	}
] satisfies Question[] as Question[];
