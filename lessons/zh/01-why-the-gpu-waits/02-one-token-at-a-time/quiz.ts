import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'cache',
		kind: 'choice',
		ask: '文本一直在变长，为什么前面位置的键和值还能留着用？',
		why: '每个位置只往回看，后面添上什么都改变不了它。',
		options: [
			{ id: 'back', text: '因为没有哪个位置会看它后面的内容' },
			{
				id: 'small',
				text: '因为变化很小，可以忽略',
				slip: '不是很小，而是零：后面的内容根本不参与。'
			},
			{
				id: 'weights',
				text: '因为它们是权重的一部分',
				slip: '它们由这段文本算出，换一段文本就不同。'
			}
		]
	},
	varied(
		'prefill',
		[
			[300, 200],
			[150, 80],
			[420, 60]
		],
		(prompt, answer) => ({
			tolerance: 0,
			unit: '次',
			otherwise: '提示词一次，此后每个词元一次。',
			ask: `提示词 ${prompt} 个词元，回答 ${answer} 个。普通解码要多少次前向才能把它们全部算完？`,
			why: '整个提示词一次，此后回答的每个词元一次。',
			answer: answer + 1,
			slips: [
				{ value: prompt + answer, why: '提示词的词元全部已知，一次前向就一起算完。' },
				{ value: answer, why: '提示词也要读。' },
				{ value: prompt, why: '这是提示词的长度，它只要一次前向。' }
			]
		})
	),
	{
		id: 'order',
		kind: 'order',
		ask: '把普通解码的一步排好顺序。',
		why: '选定之后，下一次前向才有东西可算。',
		items: [
			{ id: 'pass', text: '最新的词元走过所有的层' },
			{ id: 'keep', text: '它的键和值放进缓存', slip: '它们是在走过各层的途中产生的。' },
			{
				id: 'predict',
				text: '最上面给出每个词元的概率',
				slip: '预测是走完所有层之后才有的。'
			},
			{ id: 'choose', text: '选出一个词元，接到文本后面', slip: '先有预测，才有得选。' }
		]
	},
	{
		id: 'new',
		kind: 'pick',
		ask: '在图中点出这次前向唯一要计算的槽位。',
		why: '每次前向一个槽位，为它要读一遍全部权重。',
		right: ['draft:1'],
		slips: {
			'prefix:': '这个早就算过了，只读它的键和值。',
			'ar:': '这是该槽位对下一个词元的预测，要到下一次前向才计算。'
		},
		otherwise: '它是文本中最新的词元。请到第一步以外的任何一步去找。'
	}
] satisfies Question[] as Question[];
