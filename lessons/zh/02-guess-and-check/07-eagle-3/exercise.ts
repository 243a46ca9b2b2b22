import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '四位用户一起，草稿四个里对三个。TiDAR 最多写几个草稿，还不会落后于头？',
	goals: ['四位用户', '接受率 0.75', 'TiDAR 至少和头一样快', '草稿尽量多：四个或更多'],
	hints: [
		'五个草稿时，TiDAR 每位用户要 42 个槽位。一共有几位用户？',
		'少写一个，看 TiDAR 的槽位怎么减：它是按平方走的。'
	],
	solved:
		'四个。TiDAR 的槽位随草稿数的平方增长，头的只随草稿数增长。所以人一多，TiDAR 就得少写几个；到八位用户时，无论怎么选，几乎都是头领先。'
} satisfies ExerciseWords as ExerciseWords;
