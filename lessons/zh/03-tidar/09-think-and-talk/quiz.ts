import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'case',
		kind: 'choice',
		ask: '每次前向都会写出第 3 块。它的猜测在什么情形下用得上？',
		why: '每一块对应一种可能的结果，而成真的结果只有一种。',
		options: [
			{ id: 'exactly', text: '恰好接受 3 个草稿时' },
			{
				id: 'atleast',
				text: '至少接受 3 个草稿时',
				slip: '若接受了 4 个，第 3 块的起点就早了一个位置：它的第一个掩码位正是草稿 4 的位置。'
			},
			{
				id: 'third',
				text: '草稿 3 猜错时',
				slip: '草稿 3 错，说明只接受了 2 个，下一批应从草稿 2 之后开始，那是第 2 块。'
			},
			{
				id: 'always',
				text: '总会用上，各块排队依次使用',
				slip: '各块不排队。它们是同一个下一步的不同备选，只留一个，其余丢掉。'
			}
		]
	},
	varied('slots', [[6], [5], [10]], (k) => ({
		tolerance: 0,
		unit: '个槽位',
		otherwise: '先数草稿，再数有几块，再数每块几个掩码位。',
		ask: `k = ${k} 的 TiDAR，一次前向要算多少个槽位？`,
		why: `${k} 个草稿，加上 ${k} 块、每块 ${k} 个掩码位：${k} + ${k * k}。`,
		answer: k + k * k,
		slips: [
			{ value: k * k, why: '这只是掩码位，草稿也要算。' },
			{ value: 2 * k, why: `块不止一个：接受数目的每一种可能都有一块，共 ${k} 块。` },
			{ value: k + k * (k + 1), why: '没有“接受 0 个”的块：草稿 1 总是对的。' }
		]
	})),
	{
		id: 'certain',
		kind: 'pick',
		ask: '在图中点出：前向还没开始就注定会保留的那个槽位。',
		why: '草稿 1 是自回归侧在上一次前向中自己的选择，早已验证过。',
		right: ['draft:1'],
		slips: {
			'draft:': '这个草稿是扩散侧的猜测，成败要看这次前向。',
			'mask:': '掩码位是为以后准备的猜测，这次前向里不与任何东西比较。',
			'ar:': '那是这次前向得出的预测，不是送进去的内容。',
			'prefix:': '前缀已经写定，但它在缓存里，不占槽位。'
		},
		otherwise: '在草稿里找。'
	},
	{
		id: 'order',
		kind: 'order',
		ask: '把 TiDAR 的一步排好顺序。',
		why: '一次前向把一切都算好，之后的评判只是从中挑选。',
		items: [
			{ id: 'pass', text: '一次前向算出所有草稿和所有掩码位' },
			{
				id: 'compare',
				text: '草稿与自回归侧的预测相比',
				slip: '前向还没给出预测，就没有可比的东西。'
			},
			{
				id: 'keep',
				text: '被接受的草稿的键和值进入缓存',
				slip: '留下什么，要看比较的结果。'
			},
			{
				id: 'block',
				text: '对应这个接受数目的那一块成为下一批草稿',
				slip: '知道接受了几个，才能选出是哪一块。'
			}
		]
	}
] satisfies Question[] as Question[];
