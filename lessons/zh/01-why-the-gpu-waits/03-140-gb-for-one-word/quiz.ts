import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	varied(
		'bits',
		[
			[32, 3.2],
			[24, 2],
			[14, 0.7]
		],
		(billions, speed) => {
			const ms = billions / speed;
			return {
				tolerance: 0.03,
				unit: '毫秒',
				otherwise: `字节数除以带宽：${10 * billions} 亿字节，每秒 ${speed} 万亿字节。`,
				ask: `${10 * billions} 亿个权重、每个 8 位的模型，GPU 每秒能读 ${speed} TB。写一个词元至少要多少毫秒？`,
				why: `${billions} GB ÷ ${speed} TB/s。`,
				answer: ms,
				slips: [
					{ value: 2 * ms, why: `那是 16 位，${2 * billions} GB。8 位是一个字节。` },
					{ value: 8 * ms, why: '8 位是一个字节，不是八个。' },
					{ value: ms / 1e3, why: '以秒计没错，换成毫秒还要乘一千。' },
					{ value: 1e3 / ms, why: '这是每秒的词元数，问的是一个词元的时间。' }
				]
			};
		}
	),
	{
		id: 'chip',
		kind: 'choice',
		ask: '一款新芯片：算力翻倍，显存不变。一位用户，普通解码。快多少？',
		why: '访存时间远比计算时间长，而它没有变。',
		options: [
			{
				id: 'twice',
				text: '快一倍',
				slip: '那要算力是瓶颈才行。比比图中的两根条。'
			},
			{ id: 'same', text: '几乎不变' },
			{
				id: 'half',
				text: '大约快一半',
				slip: '搬运与计算是重叠的，一步的时间大约是较长的那个。'
			}
		]
	},
	{
		id: 'second',
		kind: 'choice',
		ask: '两位用户同时提问，两个回答放在同样的前向里一起算。与一位用户相比，一次前向的代价如何？',
		why: '权重为两人只读一遍，而读取几乎就是全部时间。',
		options: [
			{ id: 'same', text: '几乎一样' },
			{
				id: 'double',
				text: '两倍',
				slip: '运算翻倍，可它只占三百分之一的时间；权重只读一遍。'
			},
			{
				id: 'half',
				text: '一半',
				slip: '摊到每个词元上是一半，前向本身不会变便宜。'
			}
		]
	}
] satisfies Question[] as Question[];
