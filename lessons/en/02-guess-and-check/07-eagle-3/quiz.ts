import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'sees',
		kind: 'choice',
		ask: 'What does an EAGLE-3 head get that a separate draft model does not?',
		why: 'Three hidden states of the large model, from a low, a middle and a high layer. They are there anyway, from the pass before.',
		options: [
			{ id: 'states', text: 'Hidden states of three layers of the large model' },
			{
				id: 'text',
				text: 'The text so far',
				slip: 'The separate model gets that as well. It is all that it gets.'
			},
			{
				id: 'answer',
				text: 'The token that the large model will choose next',
				slip: 'If that were known, nothing would need to be guessed.'
			}
		]
	},
	varied(
		'round',
		[
			[0.04, 5],
			[0.03, 4],
			[0.05, 6]
		],
		(cost, drafts) => {
			const drafting = Number((drafts * cost).toFixed(4));
			return {
				tolerance: 0.01,
				unit: 'passes',
				otherwise: `${drafts} drafts and one check, one behind the other.`,
				ask: `A draft by a head costs ${cost} of a pass; a round has ${drafts}, and a check that costs one pass. How many passes’ time does the round take?`,
				why: `${drafts} × ${cost} + 1.`,
				answer: 1 + drafting,
				slips: [
					{
						value: 1 + cost,
						why: `That is one draft. The head writes ${drafts}, one after the other.`
					},
					{ value: drafting, why: 'That is the drafting. The large model still has to check.' }
				]
			};
		}
	),
	{
		id: 'second',
		kind: 'choice',
		ask: 'The head writes draft 2. The large model’s hidden states at draft 1 are not there yet. What does it do?',
		why: 'It goes on with its own output. That is why EAGLE-3 practises this in training.',
		options: [
			{ id: 'own', text: 'It uses its own output in their place' },
			{
				id: 'wait',
				text: 'It lets the large model make a pass over draft 1',
				slip: 'Then every draft would cost a large pass, and nothing would be gained.'
			},
			{
				id: 'old',
				text: 'It goes on with the states from before draft 1 and ignores draft 1',
				slip: 'Draft 2 depends on draft 1; without it the head would guess the same place again.'
			}
		]
	},
	{
		id: 'crowd',
		kind: 'pick',
		ask: 'Set the figure to eight readers at once, at 0.75 and five drafts. Which round is fastest? Point at it.',
		why: 'The head’s check has six slots a reader, TiDAR’s pass forty-two. With eight readers those are no longer free.',
		right: ['head'],
		slips: {
			tidar: 'With one reader, yes. With eight, 42 slots each make its pass much longer.',
			intern: 'Its drafts take longer than the check.',
			plain: 'One token a pass: everything else here is faster at these settings.'
		},
		otherwise: 'Point at one of the four rounds in the lower half, or go there by the arrow keys.'
	}
] satisfies Question[] as Question[];
