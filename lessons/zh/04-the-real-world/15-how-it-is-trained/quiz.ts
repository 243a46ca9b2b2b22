import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'hidden',
		kind: 'choice',
		ask: '掩码位要给出的答案就在同一行的干净词元里。它为什么抄不到？',
		why: '掩码位只看得见块前面的文本和自己的块，自己块所在位置的词元不在其中。',
		options: [
			{ id: 'mask', text: '注意力掩码把它的块开始以后的词元都藏了起来' },
			{
				id: 'order',
				text: '掩码位比文本先算',
				slip: '全部在同一次前向里算。要紧的是谁看得见谁。'
			},
			{
				id: 'forgets',
				text: '抄得到，但会受罚',
				slip: '损失函数不知道答案从哪里来，只能让它根本抄不到。'
			}
		]
	},
	varied(
		'slots',
		[
			[1024, 8],
			[512, 4],
			[2048, 16]
		],
		(tokens, k) => ({
			tolerance: 0,
			unit: '块',
			otherwise: '掩码位和词元一样多，每块 k 个。',
			ask: `一行有 ${tokens.toLocaleString('en')} 个词元的文本，后面跟着同样多的掩码位，每块 ${k} 个。共有几块？`,
			why: `${tokens.toLocaleString('en')} ÷ ${k}：每个位置恰好遮一次。`,
			answer: tokens / k,
			slips: [
				{
					value: (2 * tokens) / k,
					why: `这一行有 ${(2 * tokens).toLocaleString('en')} 个槽位，但只有一半是掩码位。`
				},
				{ value: tokens, why: `解码时每个草稿后面都有一块，这里每 ${k} 个词元才有一块。` }
			]
		})
	),
	{
		id: 'sixteen',
		kind: 'choice',
		ask: '我们的模型用 16 个草稿得到的和用 8 个一样多。这说明什么？',
		why: '草稿 9 到 16 要 1 到 8 全对才算数，以它的接受率几乎从不发生。',
		options: [
			{
				id: 'cut',
				text: '它的块被误截成了八个',
				slip: '训练里有 16 个一块的。草稿都写了，只是几乎轮不到。'
			},
			{ id: 'rate', text: '猜对的不够多之前，多写草稿没有用' },
			{
				id: 'gpu',
				text: 'GPU 到了极限',
				slip: '每次前向的词元数与 GPU 无关，只有前向的用时才有关。'
			}
		]
	}
] satisfies Question[] as Question[];
