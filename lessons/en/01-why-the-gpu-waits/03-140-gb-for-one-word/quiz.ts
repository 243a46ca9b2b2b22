import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'bits',
		kind: 'number',
		ask: 'A model of 32 billion weights in 8 bits, a GPU that reads 3.2 TB/s. What is the least time for one token?',
		why: '32 GB ÷ 3.2 TB/s.',
		answer: 10,
		tolerance: 0.03,
		unit: 'ms',
		slips: [
			{ value: 20, why: 'That would be 16 bits: 64 GB. Eight bits are one byte.' },
			{ value: 80, why: 'Eight bits are one byte, not eight.' },
			{ value: 0.01, why: 'Right, in seconds. In milliseconds it is a thousand times that.' },
			{ value: 100, why: 'That is tokens a second. Asked is the time for one.' }
		],
		otherwise: 'Bytes over bandwidth: 32 billion bytes, 3.2 trillion bytes a second.'
	},
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
