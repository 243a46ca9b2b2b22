import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'order',
		kind: 'order',
		ask: '把分块扩散的一次前向按先后排好。',
		why: '剩下的在下一次前向里重新预测，那时看得见已经填上的。',
		items: [
			{ id: 'read', text: '模型读入正文和这一块，连同掩码位' },
			{
				id: 'predict',
				text: '每个掩码位得到最可能的词元和它的概率',
				slip: '要先读完正文和这一块，才有预测。'
			},
			{
				id: 'choose',
				text: '选出达到阈值的掩码位，最有把握的那个总在其中',
				slip: '选谁由概率决定，所以先要有概率。'
			},
			{
				id: 'fill',
				text: '选中的变成文字，其余还是掩码位',
				slip: '先选中，才能填。'
			}
		]
	},
	varied(
		'passes',
		[
			[3, 4, 1],
			[5, 3],
			[2, 2, 3, 1]
		],
		(...fills) => {
			const rest = fills.slice(0, -1);
			return {
				tolerance: 0.02,
				unit: '个词元',
				otherwise: '整块的词元数，除以用掉的前向次数。',
				ask: `一块有八个掩码位。一次次前向依次填上 ${fills.join('、')} 个。每次前向是几个词元？`,
				why: `${fills.length} 次前向，8 个词元。`,
				answer: 8 / fills.length,
				slips: [
					{ value: 8, why: `那是一次前向填完整块。这里用了 ${fills.length} 次。` },
					{ value: rest.reduce((a, b) => a + b, 0) / rest.length, why: '最后一次前向也要算。' }
				]
			};
		}
	),
	{
		id: 'why',
		kind: 'choice',
		ask: '一次前向填得越多，文字为什么越差？',
		why: '单看每一个都很可能，合在一起却未必相配。',
		options: [
			{ id: 'blind', text: '同一次填上的，彼此没有看见' },
			{
				id: 'small',
				text: '因为模型花在每个词上的计算少了',
				slip: '不管有多少个，每个掩码位经过的层和计算都一样多。'
			},
			{
				id: 'cache',
				text: '因为 KV 缓存不对了',
				slip: '一块填完了才进缓存。'
			}
		]
	},
	{
		id: 'check',
		kind: 'choice',
		ask: '实习生猜得差，文字不变。扩散模型猜得差，它的文字会怎样？',
		why: '掩码位填上以后没有人检查。“猜”与“先猜，再查”的区别就在这里。',
		options: [
			{ id: 'worse', text: '猜错的就留在里面' },
			{
				id: 'same',
				text: '不变，只是更慢',
				slip: '有大模型检查时才是这样。这里没有人检查。'
			},
			{
				id: 'again',
				text: '下一次前向会改过来',
				slip: '按这条规则，填上的就不动了，只有掩码位会重新预测。'
			}
		]
	}
] satisfies Question[] as Question[];
