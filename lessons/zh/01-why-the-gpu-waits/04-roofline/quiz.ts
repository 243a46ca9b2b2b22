import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'ridge',
		[
			[400, 2],
			[900, 3],
			[120, 0.4]
		],
		(peak, speed) => ({
			tolerance: 0.02,
			unit: 'FLOP/字节',
			otherwise: '峰值除以带宽。',
			ask: `某 GPU 每秒能算 ${peak} TFLOP，能读 ${speed} TB。它的屋脊点在哪里？`,
			why: `${peak} 万亿次运算除以 ${speed} 万亿字节。`,
			answer: peak / speed,
			slips: [
				{ value: peak * speed, why: '要除，不是乘：每个字节的运算数。' },
				{ value: speed / peak, why: '反了：运算数除以字节数。' },
				{ value: peak, why: `它每秒读 ${speed} 万亿字节，不是 1 万亿。` }
			]
		})
	),
	{
		id: 'left',
		kind: 'choice',
		ask: '某任务在屋脊点左边。怎样能让它变快？',
		why: '在斜坡上，速度等于带宽乘强度。',
		options: [
			{ id: 'bandwidth', text: '提高带宽，或减少字节' },
			{
				id: 'peak',
				text: '提高算力',
				slip: '那只会抬高平的那段屋顶，而任务根本没碰到它。'
			},
			{
				id: 'cores',
				text: '增加读同一显存的核',
				slip: '它们会一起等同样的字节。'
			}
		]
	},
	{
		id: 'order',
		kind: 'order',
		ask: '按算术强度从低到高排列。',
		why: '一次前向里每个权重只读一次，强度取决于有多少槽位用到它。',
		items: [
			{ id: 'one', text: '为一位用户写一个词元' },
			{
				id: 'eight',
				text: '一次前向里为 8 位用户各写一个词元',
				slip: '这里每个权重用 8 次，不是一次。'
			},
			{
				id: 'tidar',
				text: 'TiDAR 的一次前向，72 个槽位',
				slip: '每个权重为 72 个槽位所用，前者只有 8 个。'
			},
			{
				id: 'prompt',
				text: '读 2,000 个词元的提示词',
				slip: '没有什么比长提示词更能反复使用一个权重。'
			}
		]
	}
] satisfies Question[] as Question[];
