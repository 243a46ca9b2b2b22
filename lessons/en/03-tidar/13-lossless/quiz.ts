import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'against',
		kind: 'choice',
		ask: 'Against what is TiDAR with trust AR lossless?',
		why: 'The comparison is between two ways of decoding one set of weights.',
		options: [
			{ id: 'self', text: 'Against plain decoding with its own weights' },
			{
				id: 'base',
				text: 'Against the model that it was trained from',
				slip: 'Its weights have been changed by training; the 8B one scores lower than Qwen3 8B.'
			},
			{
				id: 'human',
				text: 'Against the correct answer',
				slip: 'A model’s mistakes are reproduced as faithfully as the rest.'
			}
		]
	},
	varied(
		'accept',
		[
			[0.6, 0.3],
			[0.8, 0.2],
			[0.5, 0.2]
		],
		(q, p) => ({
			tolerance: 0.02,
			unit: '',
			otherwise: 'p over q, at most 1.',
			ask: `q gives a token ${q}, p gives it ${p}. It was drafted. With which probability is it accepted?`,
			why: `min(1, ${p} / ${q}).`,
			answer: p / q,
			slips: [
				{
					value: p,
					why: 'That is how often it should come out in all. Given that it was drafted, the odds are p over q.'
				},
				{ value: q / p, why: 'The other way round: p over q, and at most 1.' },
				{ value: p * q, why: 'That is p times q. The rule divides.' },
				{
					value: 1,
					why: 'It is drafted more often than it should come out; some of the times it must be turned down.'
				}
			]
		})
	),
	{
		id: 'poor',
		kind: 'choice',
		ask: 'The diffusion half is replaced by one that drafts nonsense; checking stays. What happens to the text?',
		why: 'Checking makes the output p whatever q is. Only fewer drafts are accepted.',
		options: [
			{
				id: 'worse',
				text: 'It gets worse',
				slip: 'Nonsense is turned down. What is written instead is drawn from p.'
			},
			{ id: 'slow', text: 'It stays the same and takes more passes' },
			{
				id: 'shorter',
				text: 'It gets shorter',
				slip: 'Each pass adds fewer tokens; the answer ends where it would have ended.'
			}
		]
	},
	{
		id: 'bars',
		kind: 'order',
		ask: 'Order the three rules of the figure by how far, in the long run, their output is from p: nearest first.',
		why: 'Checked: no distance. Half and half: half of it. Unchecked: all of it.',
		items: [
			{ id: 'check', text: 'Accept with min(1, p/q), else redraw' },
			{
				id: 'mixed',
				text: 'Take from p and q in equal parts',
				slip: 'Mixing leaves half of the difference; checking leaves none.'
			},
			{
				id: 'trust',
				text: 'Take the draft unchecked',
				slip: 'Unchecked drafts follow q alone, so they are farthest away.'
			}
		]
	}
] satisfies Question[] as Question[];
