import type { Device } from '../device.ts';
import type { SourceId } from '../sources.ts';
import { from, launch, METAL, VULKAN } from './quantities.ts';

/** One Apple chip; Apple publishes bandwidth, memory and cores, and TFLOP/s only for M1 and M2. */
function apple(
	id: string,
	name: string,
	year: number,
	chip: SourceId,
	[bandwidth, capacity, cores, tflops, watts]: [number, number, number, number, number],
	rated: SourceId = 'apple-derived'
): Device {
	const rate = from(rated)(tflops);
	return {
		id,
		name,
		vendor: 'Apple',
		kind: 'laptop',
		year,
		bandwidth: from(chip)(bandwidth),
		capacity: from(chip)(capacity),
		rates: { fp32: rate, bf16: rate },
		cores: from(chip)(cores),
		launch: launch(METAL),
		power: from('apple-power')(watts)
	};
}

/** Chips with shared memory: Apple, Intel, AMD. */
export const laptops: readonly Device[] = [
	apple('apple-m1', 'Apple M1', 2020, 'apple-m1', [68.3, 16, 8, 2.6, 18], 'apple-m1'),
	apple('apple-m1-pro', 'Apple M1 Pro', 2021, 'apple-m1', [200, 32, 16, 5.2, 35], 'apple-m1'),
	apple('apple-m1-max', 'Apple M1 Max', 2021, 'apple-m1', [400, 64, 32, 10.4, 60], 'apple-m1'),
	apple(
		'apple-m1-ultra',
		'Apple M1 Ultra',
		2022,
		'apple-m1',
		[800, 128, 64, 20.8, 115],
		'apple-m1'
	),
	apple('apple-m2', 'Apple M2', 2022, 'apple-m2', [100, 24, 10, 3.6, 20], 'apple-m2'),
	apple('apple-m2-pro', 'Apple M2 Pro', 2023, 'apple-m2', [200, 32, 19, 6.8, 38], 'apple-m2'),
	apple('apple-m2-max', 'Apple M2 Max', 2023, 'apple-m2', [400, 96, 38, 13.6, 65], 'apple-m2'),
	apple(
		'apple-m2-ultra',
		'Apple M2 Ultra',
		2023,
		'apple-m2',
		[800, 192, 76, 27.2, 125],
		'apple-m2'
	),
	apple('apple-m3', 'Apple M3', 2023, 'apple-m3', [100, 24, 10, 3.58, 20]),
	apple('apple-m3-pro', 'Apple M3 Pro', 2023, 'apple-m3', [150, 36, 18, 6.44, 35]),
	apple('apple-m3-max', 'Apple M3 Max', 2023, 'apple-m3', [400, 128, 40, 14.3, 70]),
	apple('apple-m3-ultra', 'Apple M3 Ultra', 2025, 'apple-m3', [819, 512, 80, 28.6, 145]),
	apple('apple-m4', 'Apple M4', 2024, 'apple-m4', [120, 32, 10, 3.76, 22]),
	apple('apple-m4-pro', 'Apple M4 Pro', 2024, 'apple-m4', [273, 64, 20, 8.08, 40]),
	apple('apple-m4-max', 'Apple M4 Max', 2024, 'apple-m4', [546, 128, 40, 16.2, 75]),
	{
		id: 'arc-140v',
		name: 'Intel Arc 140V (integrated)',
		vendor: 'Intel',
		kind: 'laptop',
		year: 2024,
		bandwidth: from('lunar-lake')(136.5),
		capacity: from('lunar-lake')(32),
		rates: {
			fp32: from('lunar-lake')(4.2),
			bf16: from('lunar-lake')(33.6),
			int8: from('lunar-lake')(67)
		},
		cores: from('lunar-lake')(8),
		launch: launch(VULKAN),
		power: from('lunar-lake')(30)
	},
	{
		id: 'radeon-780m',
		name: 'AMD Radeon 780M (integrated)',
		vendor: 'AMD',
		kind: 'laptop',
		year: 2023,
		bandwidth: from('radeon-780m')(120),
		capacity: from('radeon-780m')(32),
		rates: { fp32: from('radeon-780m')(4.1), bf16: from('radeon-780m')(16.6) },
		cores: from('radeon-780m')(12),
		launch: launch(VULKAN),
		power: from('radeon-780m')(35)
	}
];
