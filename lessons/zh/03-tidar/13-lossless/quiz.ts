import { varied, type Question } from '$lib/learn/quiz.ts';

export default [
	{
		id: 'against',
		kind: 'choice',
		ask: '信任自回归的 TiDAR“无损”，是与什么相比？',
		why: '比较的是同一套权重的两种解码方式。',
		options: [
			{ id: 'self', text: '与它自己的权重作普通解码相比' },
			{
				id: 'base',
				text: '与训练前的原模型相比',
				slip: '训练已经改变了权重；8B 的得分低于 Qwen3 8B。'
			},
			{
				id: 'human',
				text: '与正确答案相比',
				slip: '模型的错误也会被同样忠实地重现。'
			}
		]
	},
	varied(
		'accept',
		[
			[0.6, 0.3],
			[0.8, 0.2],
			[0.5, 0.2]
		],
		(q, p) => ({
			tolerance: 0.02,
			unit: '',
			otherwise: 'p 除以 q，至多为 1。',
			ask: `某词元 q 给 ${q}，p 给 ${p}。它被起草了，被接受的概率是多少？`,
			why: `min(1, ${p} / ${q})。`,
			answer: p / q,
			slips: [
				{ value: p, why: '这是它总共该出现的概率。既然已被起草，要看 p 除以 q。' },
				{ value: q / p, why: '反了：p 除以 q，至多为 1。' },
				{ value: p * q, why: '这是 p 乘 q，规则是相除。' },
				{ value: 1, why: '它被起草得比该出现的多，有一部分必须拒绝。' }
			]
		})
	),
	{
		id: 'poor',
		kind: 'choice',
		ask: '把扩散侧换成一个胡乱起草的，检查照旧。文本会怎样？',
		why: '只要检查，不论 q 如何，输出都是 p，只是接受的草稿变少。',
		options: [
			{ id: 'worse', text: '变差', slip: '胡话会被拒绝，写下的是从 p 里抽的。' },
			{ id: 'slow', text: '不变，只是要跑更多次前向' },
			{
				id: 'shorter',
				text: '变短',
				slip: '每次前向得到的词元少了，但回答仍在该结束处结束。'
			}
		]
	},
	{
		id: 'bars',
		kind: 'order',
		ask: '图中三种规则，长远来看输出离 p 有多远？由近到远排列。',
		why: '检查：没有距离。各半：一半。不检查：全部。',
		items: [
			{ id: 'check', text: '以 min(1, p/q) 接受，否则重抽' },
			{ id: 'mixed', text: 'p、q 各半混合后抽取', slip: '混合会留下一半差别，检查则一点不留。' },
			{ id: 'trust', text: '草稿不检查，直接采用', slip: '不检查的草稿只跟着 q 走，所以最远。' }
		]
	}
] satisfies Question[] as Question[];
