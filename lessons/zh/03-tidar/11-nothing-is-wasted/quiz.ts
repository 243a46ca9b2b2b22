import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'later',
		kind: 'choice',
		ask: '草稿 1 到 3 与自回归侧相同，草稿 4 不同，草稿 5 又相同。保留哪些？',
		why: '在草稿 5 处，自回归侧说的是一段含有错误的草稿 4 的文本。',
		options: [
			{ id: 'three', text: '草稿 1 到 3' },
			{
				id: 'four',
				text: '草稿 1 到 3，以及草稿 5',
				slip: '评判草稿 5 时看过草稿 4，而草稿 4 不会出现在文本里。'
			},
			{
				id: 'none',
				text: '一个不留：错一个就毁了整串',
				slip: '错误之前的草稿没有看过它，与正常写出来的一样可靠。'
			},
			{
				id: 'all',
				text: '草稿 1 到 5，只把草稿 4 换掉',
				slip: '草稿 4 一换，后面算出的一切都不再成立。'
			}
		]
	},
	{
		id: 'certain',
		kind: 'number',
		ask: '草稿全不靠谱，接受率为 0。TiDAR 每次前向得到几个词元？',
		why: '草稿 1 是确定的，所以每次前向正好得到一个，与普通解码一样多。',
		answer: 1,
		tolerance: 0,
		unit: '个词元',
		slips: [
			{ value: 0, why: '草稿 1 来自自回归侧自己，总是对的。' },
			{ value: 2, why: '更正在这次前向里得出，但算在下一次：它是下一次的草稿 1。' }
		],
		otherwise: '只剩草稿 1，而它不会错。'
	},
	varied(
		'third',
		[
			[0.5, 3],
			[0.6, 2],
			[0.7, 3]
		],
		(a, k) => {
			const terms = Array.from({ length: k }, (_, i) => Number((a ** i).toFixed(3)));
			const sum = terms.reduce((x, y) => x + y, 0);
			return {
				tolerance: 0.02,
				unit: '个词元',
				otherwise: '加起来：草稿 1 必定，草稿 2 以概率 a，草稿 3 以 a²，有几个草稿就有几项。',
				ask: `接受率 ${a}，k = ${k}：每次前向平均得到几个词元？`,
				why: `${terms.join(' + ')}。`,
				answer: sum,
				slips: [
					{
						value: k * a,
						why: `这是 ${k} × ${a}。可是草稿 1 是确定的，而后面的草稿还要前面的都对。`
					},
					{ value: sum + a ** k, why: `多了一项：${k} 个草稿，${k} 项。` },
					{ value: sum - 1, why: '草稿 1 是确定的，和从 1 开始。' }
				]
			};
		}
	),
	{
		id: 'keys',
		kind: 'choice',
		ask: '被接受的草稿，它的键和值为什么可以原样放进缓存？',
		why: '它们只取决于草稿看见的内容，而这些内容已证实就是文本。',
		options: [
			{ id: 'same', text: '这个草稿所看见的，与普通解码时会看见的完全相同' },
			{
				id: 'close',
				text: '它们足够接近，这点误差无妨',
				slip: '这不是近似：除了舍入，就是同样的数。'
			},
			{
				id: 'recomputed',
				text: '下一次前向会重新计算',
				slip: '保留下来的东西从不算第二遍。'
			}
		]
	}
] satisfies Question[] as Question[];
