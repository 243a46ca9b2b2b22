import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'whom',
		kind: 'choice',
		ask: 'To whom does TiDAR’s speed-up apply as published?',
		why: 'Batch 1 on one H100. With more readers in a pass the slots are no longer cheap.',
		options: [
			{ id: 'one', text: 'To a single reader, for whom the GPU would otherwise wait' },
			{
				id: 'service',
				text: 'To a service with thousands of users',
				slip: 'Its batches fill the chip already; there extra slots cost nearly their full price.'
			},
			{
				id: 'training',
				text: 'To training',
				slip: 'Training knows all tokens in advance and has no need to guess.'
			}
		]
	},
	{
		id: 'batch',
		kind: 'order',
		ask: 'Order by how much a TiDAR step with k = 8 costs against a plain one, cheapest first.',
		why: 'The more readers share a pass, the less of it is waiting for weights.',
		items: [
			{ id: 'one', text: 'One reader' },
			{
				id: 'eight',
				text: 'Eight readers in one pass',
				slip: 'A single reader leaves most of the arithmetic idle.'
			},
			{
				id: 'many',
				text: 'Thirty-two readers in one pass',
				slip: 'More readers, less idle arithmetic to use.'
			}
		]
	}
] satisfies Question[] as Question[];
