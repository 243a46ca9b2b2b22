import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: 'H100 一次前向里有三十二位用户。选一个草稿数，让 TiDAR 仍比普通解码快三分之一。',
	goals: ['地点是 H100', '至少 32 位用户', '至少快到 1.35 倍'],
	hints: ['八个草稿太多了：每位用户要 72 个槽位。', '顺着地图上加框的格子往下看。'],
	solved:
		'三个草稿，每位用户十二个槽位。草稿少，猜得少，可是槽位按平方减，便宜得多。再少就几乎没有什么可赚的了。'
} satisfies ExerciseWords as ExerciseWords;
