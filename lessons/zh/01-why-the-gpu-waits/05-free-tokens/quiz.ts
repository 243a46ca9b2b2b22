import type { Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'why',
		kind: 'choice',
		ask: '48 个槽位为什么几乎不比 4 个慢？',
		why: '时间花在搬权重上，而不论多少槽位要用，权重只搬一趟。',
		options: [
			{ id: 'weights', text: '权重为所有槽位只读一遍，而时间就花在读权重上' },
			{
				id: 'parallel',
				text: 'GPU 的处理器足够多，任意多个槽位都能同时算',
				slip: '并非任意多：过了屋脊点，同一块 GPU 用的时间就与槽位数成正比。'
			},
			{
				id: 'cache',
				text: 'KV 缓存里已经有它们的结果',
				slip: '缓存里是前面的位置，这些槽位是新的，必须计算。'
			}
		]
	},
	{
		id: 'zone',
		kind: 'choice',
		ask: '一个槽位时一步 6 毫秒，72 个槽位时 8.4 毫秒。按本站的约定，这 72 个槽位属于……',
		why: '8.4 比 6 多 40%：超过 10%，不到 50%。',
		options: [
			{ id: 'free', text: '免费', slip: '免费到多 10% 为止，这里在 6 毫秒上多了 2.4 毫秒。' },
			{ id: 'cheap', text: '便宜' },
			{ id: 'paid', text: '付费', slip: '付费从多 50% 算起，也就是 9 毫秒。' }
		]
	},
	{
		id: 'readers',
		kind: 'choice',
		ask: '谁从免费的槽位中得益最多？',
		why: '用户少、模型大，时间几乎全花在读权重上。',
		options: [
			{
				id: 'service',
				text: '每块 GPU 要应付许多用户的繁忙服务',
				slip: '它的用户早已把槽位占满。'
			},
			{ id: 'alone', text: '用大模型的单个用户' },
			{
				id: 'tiny',
				text: '用极小模型的单个用户',
				slip: '看看图中的 1.5B 模型：权重越小，其他开销越显眼。'
			}
		]
	}
] satisfies Question[] as Question[];
