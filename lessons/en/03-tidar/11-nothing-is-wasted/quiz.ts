import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'later',
		kind: 'choice',
		ask: 'Drafts 1 to 3 agree with the AR half, draft 4 does not, draft 5 agrees again. What is kept?',
		why: 'At draft 5 the AR half spoke of a text that contains the wrong draft 4.',
		options: [
			{ id: 'three', text: 'Drafts 1 to 3' },
			{
				id: 'four',
				text: 'Drafts 1 to 3 and 5',
				slip: 'Draft 5 was judged having seen draft 4, which is not going to be in the text.'
			},
			{
				id: 'none',
				text: 'Nothing: one mistake spoils the chain',
				slip: 'What stands before the mistake never saw it. Those drafts are as good as written by hand.'
			},
			{
				id: 'all',
				text: 'Drafts 1 to 5, with draft 4 replaced',
				slip: 'With another token in place of draft 4, all that was computed behind it no longer holds.'
			}
		]
	},
	{
		id: 'certain',
		kind: 'number',
		ask: 'All drafts turn out to be hopeless: acceptance 0. How many tokens does TiDAR add a pass?',
		why: 'Draft 1 is certain, so each pass adds exactly one: as many as plain decoding.',
		answer: 1,
		tolerance: 0,
		unit: 'tokens',
		slips: [
			{ value: 0, why: 'Draft 1 comes from the AR half itself and is always right.' },
			{
				value: 2,
				why: 'The correction is found in this pass but counted in the next one, where it is draft 1.'
			}
		],
		otherwise: 'Only draft 1 is left; it cannot be wrong.'
	},
	varied(
		'third',
		[
			[0.5, 3],
			[0.6, 2],
			[0.7, 3]
		],
		(a, k) => {
			const terms = Array.from({ length: k }, (_, i) => Number((a ** i).toFixed(3)));
			const sum = terms.reduce((x, y) => x + y, 0);
			return {
				tolerance: 0.02,
				unit: 'tokens',
				otherwise:
					'Add up: draft 1 for certain, draft 2 with probability a, draft 3 with a², as many terms as drafts.',
				ask: `Acceptance ${a} and k = ${k}: how many tokens a pass, on average?`,
				why: `${terms.join(' + ')}.`,
				answer: sum,
				slips: [
					{
						value: k * a,
						why: `That is ${k} × ${a}. But draft 1 is certain, and a later draft needs those before it to be right as well.`
					},
					{ value: sum + a ** k, why: `One term too many: ${k} drafts, ${k} terms.` },
					{ value: sum - 1, why: 'Draft 1 is certain; the sum begins with 1.' }
				]
			};
		}
	),
	{
		id: 'keys',
		kind: 'choice',
		ask: 'Why may the keys and values of an accepted draft be put into the cache as they are?',
		why: 'They depend only on what the draft sees, and all of that has turned out to be the text.',
		options: [
			{ id: 'same', text: 'The draft saw exactly what it would have seen in plain decoding' },
			{
				id: 'close',
				text: 'They are close enough, and an error of this size does no harm',
				slip: 'They are not approximate: apart from rounding, they are the same numbers.'
			},
			{
				id: 'recomputed',
				text: 'They are computed once more in the next pass',
				slip: 'Nothing that is kept is computed twice.'
			}
		]
	}
] satisfies Question[] as Question[];
