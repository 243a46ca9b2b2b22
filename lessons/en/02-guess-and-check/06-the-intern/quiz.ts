import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'first-wrong',
		kind: 'choice',
		ask: 'Already the first of four drafts is wrong. What does the round bring?',
		why: 'The large model’s token at the first place does not depend on any draft, and it comes out of the checking pass.',
		options: [
			{
				id: 'nothing',
				text: 'Nothing: the pass has to be made again without the drafts',
				slip: 'The pass has computed what the large model says at the first place. That needs no draft.'
			},
			{ id: 'one', text: 'One token, the large model’s own' },
			{
				id: 'three',
				text: 'The other three drafts, if they are right',
				slip: 'They were written, and judged, behind a word that will not be there.'
			}
		]
	},
	varied(
		'expected',
		[
			[0.5, 3],
			[0.6, 2],
			[0.8, 2]
		],
		(rate, drafts) => {
			const terms = Array.from({ length: drafts }, (_, i) => Number((rate ** (i + 1)).toFixed(4)));
			const kept = terms.reduce((a, b) => a + b, 0);
			return {
				tolerance: 0.01,
				unit: 'tokens',
				otherwise:
					'One for certain, and each draft with the chance that it and all before it are right.',
				ask: `A draft is right with α = ${rate} if those before it were; ${drafts} drafts a round. How many tokens does a round bring on average?`,
				why: `1 + ${terms.join(' + ')}.`,
				answer: 1 + kept,
				slips: [
					{
						value: 1 + rate * drafts,
						why: 'You counted drafts that are right behind a wrong one. They do not count.'
					},
					{ value: kept, why: 'You forgot the large model’s own token, which every round brings.' },
					{
						value: rate * drafts,
						why: `Right drafts alone are ${Number(kept.toFixed(4))} a round: draft 2 needs draft 1. And every round brings the large model’s own token.`
					}
				]
			};
		}
	),
	{
		id: 'dear',
		kind: 'choice',
		ask: 'An intern costs half a pass a draft and is right in 8 of 10 cases. Which is fastest?',
		why: '1.8 tokens for 1.5 passes: 1.2 times as fast. Four drafts bring 3.36 for 3 passes, eight 4.33 for 5.',
		options: [
			{ id: 'one', text: 'One draft a round' },
			{
				id: 'four',
				text: 'Four drafts a round',
				slip: 'Set c = 0.5 in the figure: 3.36 tokens for the time of 3 passes are 1.12 times as fast.'
			},
			{
				id: 'eight',
				text: 'Eight drafts a round, since the intern is good',
				slip: 'Draft 8 counts in 17 of 100 rounds and costs half a pass in every one.'
			}
		]
	},
	{
		id: 'text',
		kind: 'choice',
		ask: 'The intern is replaced by a much worse one. What happens to the text?',
		why: 'Every token is the large model’s own, or one that it would have written. The intern only decides how long that takes.',
		options: [
			{ id: 'same', text: 'Nothing; it only takes longer' },
			{
				id: 'worse',
				text: 'It becomes a little worse, since some bad drafts get through',
				slip: 'None gets through: a draft is kept only where the large model says the same.'
			},
			{
				id: 'shorter',
				text: 'It becomes shorter',
				slip: 'A round brings fewer tokens; there are more rounds.'
			}
		]
	}
] satisfies Question[] as Question[];
