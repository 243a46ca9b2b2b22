import type { ExerciseWords } from '$lib/learn/exercise.ts';

export default {
	ask: '快递员还是一趟二十秒，厨师还是一道菜三秒。想办法让厨师有一半的时间在干活。',
	goals: ['送一趟至少 20 秒', '炒一道菜至多 3 秒', '厨师至少有一半的时间在干活'],
	hints: ['忙一半的时间，就是炒菜和送货一样久。', '二十秒里能炒几道三秒的菜？'],
	solved:
		'一趟七道菜：灶上 21 秒，路上 20 秒。谁也没有变快，只是每一趟都用得更足。换成 GPU，要的不是七个，而是大约三百个。'
} satisfies ExerciseWords as ExerciseWords;
