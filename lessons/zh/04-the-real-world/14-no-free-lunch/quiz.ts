import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'batch',
		kind: 'choice',
		ask: '一次前向里用户多了，免费的槽位为什么就没了？',
		why: '权重为所有人只读一遍，但每位用户的槽位都要算；很快，花时间的就变成了计算。',
		options: [
			{ id: 'arithmetic', text: '他们的槽位用掉了原本闲着的算力' },
			{
				id: 'weights',
				text: '权重要为每位用户各读一遍',
				slip: '所有人只读一遍，正因如此才把他们放在一起回答。'
			},
			{
				id: 'acceptance',
				text: '成批时被接受的草稿变少了',
				slip: '一个草稿对不对，与同一次前向里还有谁无关。'
			}
		]
	},
	varied(
		'energy',
		[
			[2.8, 4.2, 6],
			[2.5, 4, 5],
			[3, 4.5, 9]
		],
		(plain, drafted, tokens) => ({
			tolerance: 0.02,
			unit: '焦耳',
			otherwise: '一步的能量，除以它得到的词元数。',
			ask: `带草稿的一步用电 ${drafted} 焦耳（普通的是 ${plain} 焦耳），得到 ${tokens} 个词元而不是一个。一个词元要多少焦耳？`,
			why: `${drafted} 焦耳 ÷ ${tokens}。`,
			answer: drafted / tokens,
			slips: [
				{ value: drafted, why: `这是一步的。它得到 ${tokens} 个词元。` },
				{ value: plain / tokens, why: `你除的是普通的那一步。带草稿的要 ${drafted} 焦耳。` },
				{ value: drafted / plain, why: '这是一步多费几倍的电。' }
			]
		})
	),
	{
		id: 'phone',
		kind: 'choice',
		ask: '手机只服务一位用户。八个草稿的 TiDAR 在上面为什么不划算？',
		why: '读一遍权重的时间里容得下大约二十个槽位，放不下 72 个。',
		options: [
			{
				id: 'memory',
				text: '它的内存太慢',
				slip: '内存慢，槽位反而更便宜：可以用来计算的时间更多。'
			},
			{ id: 'ratio', text: '相对于带宽，它的芯片算力太少' },
			{
				id: 'small',
				text: '小模型不会起草',
				slip: '这里假定接受率相同，即便如此也不划算。'
			}
		]
	}
] satisfies Question[] as Question[];
