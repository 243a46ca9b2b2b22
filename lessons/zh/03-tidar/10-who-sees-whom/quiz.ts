import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'peek',
		kind: 'choice',
		ask: '假如允许第 1 块的掩码位看草稿 2，会出什么问题？',
		why: '只有草稿 2 错了，第 1 块才会被采用，那它就是挨着一个错误的词元写出来的。',
		options: [
			{ id: 'wrong-world', text: '每当第 1 块被采用，它所迁就的那个词元都刚刚被拒绝' },
			{
				id: 'slow',
				text: '前向会变慢',
				slip: '多一格几乎不花时间，受影响的是内容。'
			},
			{
				id: 'not-lossless',
				text: '输出不再与普通解码相同',
				slip: '裁判不看掩码位，所以输出不变。变差的是草稿，被接受的会更少。'
			},
			{
				id: 'nothing',
				text: '没问题，上下文越多越好',
				slip: '在唯一要紧的情形里明知是错的内容，不算有用的上下文。'
			}
		]
	},
	{
		id: 'judge',
		kind: 'choice',
		ask: '假如允许草稿 2 看某个掩码位呢？',
		why: '在草稿处说的话，必须是普通解码本来会说的话，而掩码位不属于文本。',
		options: [
			{ id: 'not-lossless', text: '自回归侧在那里的预测会变，输出也跟着变' },
			{
				id: 'fewer',
				text: '接受的草稿变少，输出不变',
				slip: '变的是裁决本身：输出由自回归侧的预测决定，所以未必不变。'
			},
			{
				id: 'nothing',
				text: '没影响，掩码位不含信息',
				slip: '掩码位和别的槽位一样有键和值，会参与注意力。'
			}
		]
	},
	varied(
		'count',
		[
			[8, 5],
			[6, 2],
			[4, 3]
		],
		(k, block) => ({
			tolerance: 0,
			unit: '个槽位',
			otherwise: '它所假设的草稿，加上本块的掩码位。',
			ask: `k = ${k} 时，第 ${block} 块的一个掩码位在同一次前向里能看见几个槽位（含自己）？`,
			why: `它所假设的 ${block} 个草稿，加上本块的 ${k} 个掩码位。`,
			answer: block + k,
			slips: [
				{ value: k, why: '这是本块的掩码位，它还看得见所假设的草稿。' },
				{ value: block + k - 1, why: '它也看得见自己。' },
				{ value: 2 * k, why: `它看不到全部 ${k} 个草稿，只看在它的情形里正确的那些。` },
				{ value: block, why: '这是草稿，本块的掩码位也互相看得见。' }
			]
		})
	),
	{
		id: 'split',
		kind: 'pick',
		ask: '在图中点一格：两个槽位属于互相排斥的未来，所以这一格必须留空。',
		why: '两者属于不同的情形，至多一种成真：草稿 2 错了才有第 1 块，对了才有第 2 块。',
		right: [
			'mask:1:1>mask:2:1',
			'mask:1:1>mask:2:2',
			'mask:1:2>mask:2:1',
			'mask:1:2>mask:2:2',
			'mask:2:1>mask:1:1',
			'mask:2:1>mask:1:2',
			'mask:2:2>mask:1:1',
			'mask:2:2>mask:1:2',
			'mask:1:1>draft:2',
			'mask:1:2>draft:2'
		],
		slips: {
			'draft:': '草稿在出错之前属于每一种未来。到各块之间去找。',
			'mask:1': '这两个可以相见，或者其中一个属于另一个的情形。',
			'mask:2': '这两个可以相见，或者其中一个属于另一个的情形。'
		},
		otherwise: '找一块的行与另一块的列相交的地方。若改过 k，请先改回 2。'
	}
] satisfies Question[] as Question[];
