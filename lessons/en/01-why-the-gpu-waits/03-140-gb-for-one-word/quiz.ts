import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'bits',
		[
			[32, 3.2],
			[24, 2],
			[14, 0.7]
		],
		(billions, speed) => {
			const ms = billions / speed;
			return {
				tolerance: 0.03,
				unit: 'ms',
				otherwise: `Bytes over bandwidth: ${billions} billion bytes, ${speed} trillion bytes a second.`,
				ask: `A model of ${billions} billion weights in 8 bits, a GPU that reads ${speed} TB/s. What is the least time for one token?`,
				why: `${billions} GB ÷ ${speed} TB/s.`,
				answer: ms,
				slips: [
					{
						value: 2 * ms,
						why: `That would be 16 bits: ${2 * billions} GB. Eight bits are one byte.`
					},
					{ value: 8 * ms, why: 'Eight bits are one byte, not eight.' },
					{
						value: ms / 1e3,
						why: 'Right, in seconds. In milliseconds it is a thousand times that.'
					},
					{ value: 1e3 / ms, why: 'That is tokens a second. Asked is the time for one.' }
				]
			};
		}
	),
	{
		id: 'chip',
		kind: 'choice',
		ask: 'A new chip: twice the FLOP/s, the same memory. One reader, plain decoding. How much faster?',
		why: 'Memory time is the longer of the two by far, and it has not changed.',
		options: [
			{
				id: 'twice',
				text: 'Twice as fast',
				slip: 'Then arithmetic would have to be the limit. Compare the two bars in the figure.'
			},
			{ id: 'same', text: 'Hardly at all' },
			{
				id: 'half',
				text: 'About half as fast again',
				slip: 'Loading and computing overlap; the step takes about the longer of the two.'
			}
		]
	},
	{
		id: 'second',
		kind: 'choice',
		ask: 'Two readers ask at the same time, and both answers are computed in the same passes. What does a pass cost, against one reader’s?',
		why: 'The weights are read once for both, and reading is nearly all of the time.',
		options: [
			{ id: 'same', text: 'Nearly the same' },
			{
				id: 'double',
				text: 'Twice as much',
				slip: 'Arithmetic doubles, but it is a three-hundredth of the time. The weights are read once.'
			},
			{
				id: 'half',
				text: 'Half as much',
				slip: 'Half as much *a token*. The pass itself cannot get cheaper.'
			}
		]
	}
] satisfies Question[] as Question[];
