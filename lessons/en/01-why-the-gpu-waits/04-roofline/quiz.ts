import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'ridge',
		[
			[400, 2],
			[900, 3],
			[120, 0.4]
		],
		(peak, speed) => ({
			tolerance: 0.02,
			unit: 'FLOP/byte',
			otherwise: 'Peak over bandwidth.',
			ask: `A GPU computes ${peak} TFLOP/s and reads ${speed} TB/s. Where is its ridge?`,
			why: `${peak} trillion operations over ${speed} trillion bytes.`,
			answer: peak / speed,
			slips: [
				{ value: peak * speed, why: 'Divide, do not multiply: operations *per* byte.' },
				{ value: speed / peak, why: 'The other way round: operations per byte.' },
				{ value: peak, why: `It reads ${speed} trillion bytes a second, not 1.` }
			]
		})
	),
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
