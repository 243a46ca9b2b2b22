import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'ridge',
		kind: 'number',
		ask: 'A GPU computes 400 TFLOP/s and reads 2 TB/s. Where is its ridge?',
		why: '400 trillion operations over 2 trillion bytes.',
		answer: 200,
		tolerance: 0.02,
		unit: 'FLOP/byte',
		slips: [
			{ value: 800, why: 'Divide, do not multiply: operations *per* byte.' },
			{ value: 0.005, why: 'The other way round: operations per byte.' },
			{ value: 400, why: 'It reads 2 trillion bytes a second, not 1.' }
		],
		otherwise: 'Peak over bandwidth.'
	},
	{
		id: 'left',
		kind: 'choice',
		ask: 'A job lies left of the ridge. What makes it faster?',
		why: 'On the slope the speed is bandwidth times intensity.',
		options: [
			{ id: 'bandwidth', text: 'More bandwidth, or fewer bytes' },
			{
				id: 'peak',
				text: 'More FLOP/s',
				slip: 'That lifts the flat part of the roof, which the job does not touch.'
			},
			{
				id: 'cores',
				text: 'More cores that read the same memory',
				slip: 'They wait together for the same bytes.'
			}
		]
	},
	{
		id: 'order',
		kind: 'order',
		ask: 'Order by arithmetic intensity, lowest first.',
		why: 'Every weight is read once a pass; intensity follows the number of slots that use it.',
		items: [
			{ id: 'one', text: 'Writing one token for one reader' },
			{
				id: 'eight',
				text: 'One token each for 8 readers in one pass',
				slip: 'Each weight is used 8 times here, not once.'
			},
			{
				id: 'tidar',
				text: 'A TiDAR pass with 72 slots',
				slip: '72 slots use each weight, against 8.'
			},
			{
				id: 'prompt',
				text: 'Reading a prompt of 2,000 tokens',
				slip: 'Nothing here uses a weight as often as a long prompt.'
			}
		]
	}
] satisfies Question[] as Question[];
