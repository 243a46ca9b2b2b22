import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'sees',
		kind: 'choice',
		ask: 'EAGLE-3 的头能拿到、独立的草稿模型拿不到的是什么？',
		why: '大模型低、中、高三层的隐藏状态。它们反正已经在上一次前向里算好了。',
		options: [
			{ id: 'states', text: '大模型三个层的隐藏状态' },
			{ id: 'text', text: '到目前为止的文字', slip: '独立的模型也有，而且只有这个。' },
			{
				id: 'answer',
				text: '大模型接下来要选的词元',
				slip: '要是已经知道这个，就什么都不用猜了。'
			}
		]
	},
	varied(
		'round',
		[
			[0.04, 5],
			[0.03, 4],
			[0.05, 6]
		],
		(cost, drafts) => {
			const drafting = Number((drafts * cost).toFixed(4));
			return {
				tolerance: 0.01,
				unit: '次前向',
				otherwise: `${drafts} 个草稿和一次检查，一个接着一个。`,
				ask: `头写一个草稿的代价是 ${cost} 次前向；一轮写 ${drafts} 个，检查一次算一次前向。一轮要几次前向的时间？`,
				why: `${drafts} × ${cost} + 1。`,
				answer: 1 + drafting,
				slips: [
					{ value: 1 + cost, why: `那只是一个草稿。头要一个接一个写 ${drafts} 个。` },
					{ value: drafting, why: '那只是起草。大模型还得检查。' }
				]
			};
		}
	),
	{
		id: 'second',
		kind: 'choice',
		ask: '头要写草稿 2，可大模型在草稿 1 处的隐藏状态还没有。它怎么办？',
		why: '它拿自己的输出接着写。所以 EAGLE-3 在训练时就练这个。',
		options: [
			{ id: 'own', text: '拿自己的输出顶上' },
			{
				id: 'wait',
				text: '让大模型先对草稿 1 做一次前向',
				slip: '那样每个草稿都要花一次大模型的前向，什么也没省下。'
			},
			{
				id: 'old',
				text: '沿用草稿 1 之前的状态，不管草稿 1',
				slip: '草稿 2 取决于草稿 1；不看它，就等于把同一个位置又猜一遍。'
			}
		]
	},
	{
		id: 'crowd',
		kind: 'pick',
		ask: '把图设成八位用户，接受率 0.75，五个草稿。哪一轮最快？请在图上指出来。',
		why: '头的检查每位用户六个槽位，TiDAR 的一次前向要四十二个。八位用户一起时，这些槽位不再白给。',
		right: ['head'],
		slips: {
			tidar: '一位用户时是它。八位用户时，每位 42 个槽位把这次前向拖长了许多。',
			intern: '它起草的时间比检查还长。',
			plain: '一次前向一个词元：在这组设置下，别的都比它快。'
		},
		otherwise: '请指向下半部分四轮中的一轮，或用方向键移到那里。'
	}
] satisfies Question[] as Question[];
