import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'whom',
		kind: 'choice',
		ask: '公布的 TiDAR 加速比，适用于谁？',
		why: '批量 1，一块 H100。一次前向里用户多了，槽位就不再便宜。',
		options: [
			{ id: 'one', text: '单个用户：没有 TiDAR，GPU 就在为他干等' },
			{
				id: 'service',
				text: '有成千上万用户的服务',
				slip: '它的批量早已让芯片忙满，多出的槽位几乎要付全价。'
			},
			{
				id: 'training',
				text: '训练',
				slip: '训练时词元全都已知，用不着猜。'
			}
		]
	},
	{
		id: 'batch',
		kind: 'order',
		ask: 'k = 8 的 TiDAR 一步，与普通的一步相比代价如何？从便宜到贵排列。',
		why: '一次前向里用户越多，其中等待权重的时间就越少。',
		items: [
			{ id: 'one', text: '一位用户' },
			{ id: 'eight', text: '一次前向八位用户', slip: '只有一位用户时，大部分算力闲着。' },
			{ id: 'many', text: '一次前向三十二位用户', slip: '用户越多，可利用的闲置算力越少。' }
		]
	}
] satisfies Question[] as Question[];
