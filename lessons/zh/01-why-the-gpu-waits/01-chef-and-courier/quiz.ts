import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'load',
		kind: 'choice',
		ask: '每写一个词元，“快递员”要往芯片里送什么？',
		why: '芯片里只放得下极小一部分权重，所以每个词元都要把全部权重再过一遍。',
		options: [
			{ id: 'weights', text: '模型的全部权重' },
			{
				id: 'prompt',
				text: '提示词和已写出的回答',
				slip: '需要的部分都在 KV 缓存里，也要读，但与权重相比很小。'
			},
			{
				id: 'token',
				text: '上一个词元',
				slip: '一个词元只是一个编号，谁也不会为它等待。'
			}
		]
	},
	{
		id: 'plates',
		kind: 'choice',
		ask: '要让每分钟多出菜，有两种办法：快递员快一倍，或一趟送两道菜的料。假设炒菜几乎不花时间，哪种更有效？',
		why: '炒菜不花时间，一分钟就全是送货；两种办法都让菜翻一倍。',
		options: [
			{
				id: 'courier',
				text: '快一倍的快递员',
				slip: '在图中把炒菜时间调到接近零，比比每分钟的菜数。'
			},
			{
				id: 'dishes',
				text: '一趟两道菜',
				slip: '在图中把炒菜时间调到接近零，比比每分钟的菜数。'
			},
			{ id: 'same', text: '一样' }
		]
	},
	varied(
		'share',
		[
			[9, 1],
			[12, 3],
			[18, 2]
		],
		(trip, cook) => {
			const busy = (100 * cook) / (trip + cook);
			return {
				tolerance: 0.02,
				unit: '%',
				otherwise: '炒菜时间，除以送货与炒菜之和。',
				ask: `送一趟 ${trip} 秒，炒菜 ${cook} 秒。厨师有百分之几的时间在忙？`,
				why: `${trip + cook} 秒中的 ${cook} 秒。`,
				answer: busy,
				slips: [
					{
						value: (100 * cook) / trip,
						why: `这是 ${cook} ÷ ${trip}。一轮要 ${trip + cook} 秒，送货加炒菜。`
					},
					{ value: 100 - busy, why: '这是厨师等待的时间。' }
				]
			};
		}
	)
] satisfies Question[] as Question[];
