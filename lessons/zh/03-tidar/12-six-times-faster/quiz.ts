import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'quotient',
		[
			[6, 1.5],
			[9, 1.8],
			[8, 2.5]
		],
		(tokens, cost) => ({
			tolerance: 0.01,
			unit: '倍',
			otherwise: '每次前向的词元数，除以一次前向的代价。',
			ask: `模型每次前向得到 ${tokens} 个词元，一次前向相当于 ${cost} 次普通前向。快到几倍？`,
			why: `${tokens} ÷ ${cost}。`,
			answer: tokens / cost,
			slips: [
				{ value: tokens * cost, why: '你乘了。前向越贵，只会越慢，不会越快。' },
				{ value: tokens, why: '只有前向不比普通的贵时才是这样。' },
				{ value: tokens - cost, why: '要除，不是减。' }
			]
		})
	),
	{
		id: 'loss',
		kind: 'choice',
		ask: '批量为 32 时，8B 模型 72 个槽位的一次前向约等于八次普通前向。每次得到 5.5 个词元，结果如何？',
		why: '花约 8 份的钱得 5.5 份的货：普通解码更快。',
		options: [
			{
				id: 'faster',
				text: '仍然快 5.5 倍：每次得几个就是几个',
				slip: '每次前向的词元数只是分子。'
			},
			{ id: 'slower', text: '这时 TiDAR 比普通解码慢' },
			{
				id: 'same',
				text: '一样快，因为 GPU 已经忙满',
				slip: '正因为 GPU 忙满，多出的槽位才不再便宜。把两个数相除看看。'
			}
		]
	},
	{
		id: 'which',
		kind: 'choice',
		ask: '更快的注意力内核缩短了 272 个槽位的前向，而单槽位的前向不变。什么会变？',
		why: '猜得准不准不变，变小的只是分母。',
		options: [
			{ id: 'cost', text: '一次前向的代价下降，加速比上升' },
			{
				id: 'tokens',
				text: '每次前向的词元数上升',
				slip: '哪些草稿正确，与前向花多长时间无关。'
			},
			{
				id: 'none',
				text: '都不变：加速比是模型的属性',
				slip: 'T/NFE 取决于模型和文本，一次前向的代价取决于 GPU 和内核。'
			}
		]
	}
] satisfies Question[] as Question[];
