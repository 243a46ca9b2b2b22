import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'first-wrong',
		kind: 'choice',
		ask: '四个草稿里，第一个就错了。这一轮得到什么？',
		why: '大模型在第一个位置的词元不依赖任何草稿，它就出自检查的那次前向。',
		options: [
			{
				id: 'nothing',
				text: '什么也没有：要去掉草稿再跑一次',
				slip: '这次前向已经算出大模型在第一个位置会写什么，那用不着草稿。'
			},
			{ id: 'one', text: '一个词元，大模型自己的' },
			{
				id: 'three',
				text: '其余三个草稿，只要它们是对的',
				slip: '它们是接在一个不会存在的词后面写的，也是接在它后面评的。'
			}
		]
	},
	varied(
		'expected',
		[
			[0.5, 3],
			[0.6, 2],
			[0.8, 2]
		],
		(rate, drafts) => {
			const terms = Array.from({ length: drafts }, (_, i) => Number((rate ** (i + 1)).toFixed(4)));
			const kept = terms.reduce((a, b) => a + b, 0);
			return {
				tolerance: 0.01,
				unit: '个词元',
				otherwise: '必得的一个，加上每个草稿“连同前面全对”的概率。',
				ask: `只要前面的都对，一个草稿就以 α = ${rate} 的概率是对的；每轮 ${drafts} 个。一轮平均得到几个词元？`,
				why: `1 + ${terms.join(' + ')}。`,
				answer: 1 + kept,
				slips: [
					{ value: 1 + rate * drafts, why: '你把错误草稿后面碰巧对的也算进去了，它们不算数。' },
					{ value: kept, why: '你忘了大模型自己的那一个，每轮都有。' },
					{
						value: rate * drafts,
						why: `算数的草稿平均是 ${Number(kept.toFixed(4))} 个：草稿 2 要以草稿 1 为前提。另外，每轮都有大模型自己的一个。`
					}
				]
			};
		}
	),
	{
		id: 'dear',
		kind: 'choice',
		ask: '某实习生每个草稿要花半次前向，十次对八次。怎样最快？',
		why: '1.5 次前向得 1.8 个词元，快 1.2 倍。四个草稿是 3 次前向得 3.36 个，八个是 5 次前向得 4.33 个。',
		options: [
			{ id: 'one', text: '每轮一个草稿' },
			{
				id: 'four',
				text: '每轮四个草稿',
				slip: '在图里把 c 设为 0.5：3 次前向的时间得 3.36 个词元，只有 1.12 倍。'
			},
			{
				id: 'eight',
				text: '每轮八个草稿，反正猜得准',
				slip: '草稿 8 一百轮里只有 17 轮算数，却轮轮要花半次前向。'
			}
		]
	},
	{
		id: 'text',
		kind: 'choice',
		ask: '换一个差得多的实习生，文字会怎样？',
		why: '每个词元要么是大模型自己的，要么正是它会写的。实习生只决定花多长时间。',
		options: [
			{ id: 'same', text: '一字不变，只是更慢' },
			{
				id: 'worse',
				text: '会差一点，因为有些坏草稿混了进去',
				slip: '一个也混不进去：只有与大模型所说相同的草稿才会留下。'
			},
			{ id: 'shorter', text: '会变短', slip: '每轮得到的少了，轮数就多了。' }
		]
	}
] satisfies Question[] as Question[];
