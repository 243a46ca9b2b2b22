import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '8B 模型要多少个槽位，才能让 H100 走到屋脊点的一半？',
	goals: ['GPU 是 H100', '强度是屋脊点的 48% 到 52%'],
	hints: [
		'权重占两字节时，强度差不多就是槽位数。',
		'所以从屋脊点的一半开始，再往前一点：缓存和槽位自带的数据也要搬。'
	],
	solved:
		'只算权重的话，屋脊点的一半是多少，就要多少个槽位。实际还要多一些，因为每个槽位都自带一些字节；越往坡上走，这一部分越要紧。'
} satisfies ExerciseWords as ExerciseWords;
