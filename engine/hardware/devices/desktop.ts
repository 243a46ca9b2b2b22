import type { Device } from '../device.ts';
import { from, launch, VULKAN } from './quantities.ts';

const ga102 = from('ga102-whitepaper');
const ada = from('ada-whitepaper');
const rtx50 = from('rtx-blackwell-whitepaper');
const launchPrice = from('launch-price');

/** Graphics cards. */
export const desktop: readonly Device[] = [
	{
		id: 'rtx-3090',
		name: 'GeForce RTX 3090',
		vendor: 'NVIDIA',
		kind: 'desktop',
		year: 2020,
		bandwidth: ga102(936),
		capacity: ga102(24),
		rates: { fp32: ga102(35.6), bf16: ga102(71), int8: ga102(284) },
		l2: ga102(6),
		cores: ga102(82),
		link: ga102(32),
		launch: launch(VULKAN),
		power: ga102(350),
		price: launchPrice(1499)
	},
	{
		id: 'rtx-4090',
		name: 'GeForce RTX 4090',
		vendor: 'NVIDIA',
		kind: 'desktop',
		year: 2022,
		bandwidth: ada(1008),
		capacity: ada(24),
		rates: { fp32: ada(82.6), bf16: ada(165.2), fp8: ada(330.3), int8: ada(660.6) },
		l2: ada(72),
		cores: ada(128),
		link: ada(32),
		launch: launch(VULKAN),
		power: ada(450),
		price: launchPrice(1599)
	},
	{
		id: 'rtx-5090',
		name: 'GeForce RTX 5090',
		vendor: 'NVIDIA',
		kind: 'desktop',
		year: 2025,
		bandwidth: rtx50(1792),
		capacity: rtx50(32),
		rates: {
			fp32: rtx50(104.8),
			bf16: rtx50(209.5),
			fp8: rtx50(419),
			int8: rtx50(838),
			fp4: rtx50(1676)
		},
		l2: rtx50(96),
		cores: rtx50(170),
		link: rtx50(64),
		launch: launch(VULKAN),
		power: rtx50(575),
		price: launchPrice(1999)
	}
];
