import type { Device } from '../device.ts';
import { from, launch, METAL, VULKAN } from './quantities.ts';

/** Phones. */
export const phones: readonly Device[] = [
	{
		id: 'apple-a18-pro',
		name: 'Apple A18 Pro (iPhone 16 Pro)',
		vendor: 'Apple',
		kind: 'phone',
		year: 2024,
		bandwidth: from('a18-pro')(60),
		capacity: from('a18-pro')(8),
		rates: { fp32: from('a18-pro')(2.26), bf16: from('a18-pro')(2.26) },
		cores: from('a18-pro')(6),
		launch: launch(METAL)
	},
	{
		id: 'snapdragon-8-elite',
		name: 'Snapdragon 8 Elite (Adreno 830)',
		vendor: 'Qualcomm',
		kind: 'phone',
		year: 2024,
		bandwidth: from('snapdragon-8-elite')(84.8),
		capacity: from('snapdragon-8-elite')(16),
		rates: { fp32: from('adreno-derived')(3.38), bf16: from('adreno-derived')(6.76) },
		cores: from('adreno-derived')(12),
		launch: launch(VULKAN)
	}
];
