import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '在某块 GPU 上，TiDAR 的一次前向要花普通前向的一倍半。要快到五倍，每次前向得有几个词元？',
	goals: ['一次前向的代价至少是普通前向的 1.5 倍', '每次前向至多 8 个词元', '至少快到五倍'],
	hints: ['加速比是个商：每次前向的词元数除以一次前向的代价。', '所以词元数等于加速比乘代价。'],
	solved:
		'7.5 个词元。前向每贵一分，就要按同样的比例猜得更准，而猜得更准很难。所以人们在内核上下那么大的功夫。'
} satisfies ExerciseWords as ExerciseWords;
