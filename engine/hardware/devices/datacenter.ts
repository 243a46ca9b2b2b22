import type { Device } from '../device.ts';
import { from, launch, VULKAN, webgpu } from './quantities.ts';

const h100 = from('h100-datasheet');
const hopper = from('hopper-whitepaper');
const h200 = from('h200-datasheet');
const blackwell = from('blackwell-brief');
const a100 = from('a100-datasheet');
const ampere = from('ampere-whitepaper');
const l4 = from('l4-datasheet');
const l40s = from('l40s-datasheet');
const ada = from('ada-whitepaper');
const mi300x = from('mi300x-datasheet');
const mi355x = from('mi355x-datasheet');
const v5e = from('tpu-v5e');
const v6e = from('tpu-v6e');
const tpuVector = from('tpu-derived');
const measured = from('measured-h100');
const lambda = from('lambda-pricing');
const b200Properties = from('b200-properties');

/** Accelerators of data centres: NVIDIA, AMD, Google, and an SRAM chip for contrast. */
export const datacenter: readonly Device[] = [
	{
		id: 'h100-sxm',
		name: 'H100 SXM',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2022,
		bandwidth: h100(3350),
		capacity: h100(80),
		rates: { fp32: h100(67), bf16: h100(989), fp8: h100(1979), int8: h100(1979) },
		l2: hopper(50),
		cores: hopper(132),
		link: h100(450),
		launch: { graph: measured(1.283), single: measured(6.637), webgpu: webgpu(VULKAN) },
		power: h100(700),
		rent: lambda(2.99),
		measured: { readGBps: measured(3056), gemmTFLOPs: measured(771) }
	},
	{
		id: 'h100-pcie',
		name: 'H100 PCIe',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2022,
		bandwidth: hopper(2039),
		capacity: hopper(80),
		rates: { fp32: hopper(51.2), bf16: hopper(756), fp8: hopper(1513), int8: hopper(1513) },
		l2: hopper(50),
		cores: hopper(114),
		link: hopper(300),
		launch: launch(VULKAN),
		power: hopper(350),
		rent: lambda(2.49)
	},
	{
		id: 'h200',
		name: 'H200 SXM',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2024,
		bandwidth: h200(4800),
		capacity: h200(141),
		rates: { fp32: h200(67), bf16: h200(989), fp8: h200(1979), int8: h200(1979) },
		l2: from('h200-properties')(60),
		cores: from('h200-properties')(132),
		link: h200(450),
		launch: launch(VULKAN),
		power: h200(700),
		measured: { readGBps: from('measured-h200')(3826), gemmTFLOPs: from('measured-h200')(804) }
	},
	{
		id: 'b200',
		name: 'B200 (HGX)',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2025,
		bandwidth: blackwell(8000),
		capacity: from('hgx-b200-datasheet')(180),
		rates: {
			fp32: blackwell(80),
			bf16: blackwell(2250),
			fp8: blackwell(4500),
			int8: blackwell(4500),
			fp4: blackwell(9000)
		},
		cores: b200Properties(148),
		link: blackwell(900),
		launch: launch(VULKAN),
		power: blackwell(1000),
		rent: lambda(4.99)
	},
	{
		id: 'gb200',
		name: 'GB200 (one GPU of an NVL72)',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2025,
		bandwidth: from('gb200-datasheet')(8000),
		capacity: from('gb200-datasheet')(186),
		rates: {
			fp32: blackwell(90),
			bf16: blackwell(2500),
			fp8: blackwell(5000),
			int8: blackwell(5000),
			fp4: blackwell(10000)
		},
		cores: b200Properties(148),
		link: from('gb200-datasheet')(900),
		launch: launch(VULKAN),
		power: blackwell(1200)
	},
	{
		id: 'a100-80',
		name: 'A100 SXM 80 GB',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2020,
		bandwidth: a100(2039),
		capacity: a100(80),
		rates: { fp32: a100(19.5), bf16: a100(312), int8: a100(624) },
		l2: ampere(40),
		cores: ampere(108),
		link: a100(300),
		launch: launch(VULKAN),
		power: a100(400),
		rent: lambda(1.79)
	},
	{
		id: 'a100-40',
		name: 'A100 SXM 40 GB',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2020,
		bandwidth: a100(1555),
		capacity: a100(40),
		rates: { fp32: a100(19.5), bf16: a100(312), int8: a100(624) },
		l2: ampere(40),
		cores: ampere(108),
		link: a100(300),
		launch: launch(VULKAN),
		power: a100(400),
		rent: lambda(1.29)
	},
	{
		id: 'l4',
		name: 'L4',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2023,
		bandwidth: l4(300),
		capacity: l4(24),
		rates: { fp32: l4(30.3), bf16: l4(121), fp8: l4(242.5), int8: l4(242.5) },
		l2: ada(48),
		cores: ada(58),
		link: l4(32),
		launch: launch(VULKAN),
		power: l4(72)
	},
	{
		id: 'l40s',
		name: 'L40S',
		vendor: 'NVIDIA',
		kind: 'datacenter',
		year: 2023,
		bandwidth: l40s(864),
		capacity: l40s(48),
		rates: { fp32: l40s(91.6), bf16: l40s(362), fp8: l40s(733), int8: l40s(733) },
		l2: ada(96),
		cores: ada(142),
		link: l40s(32),
		launch: launch(VULKAN),
		power: l40s(350)
	},
	{
		id: 'mi300x',
		name: 'Instinct MI300X',
		vendor: 'AMD',
		kind: 'datacenter',
		year: 2023,
		bandwidth: mi300x(5300),
		capacity: mi300x(192),
		rates: {
			fp32: mi300x(163.4),
			bf16: mi300x(1307.4),
			fp8: mi300x(2614.9),
			int8: mi300x(2614.9)
		},
		l2: mi300x(256),
		cores: mi300x(304),
		link: mi300x(448),
		launch: launch(VULKAN),
		power: mi300x(750)
	},
	{
		id: 'mi355x',
		name: 'Instinct MI355X',
		vendor: 'AMD',
		kind: 'datacenter',
		year: 2025,
		bandwidth: mi355x(8000),
		capacity: mi355x(288),
		rates: {
			fp32: mi355x(157.3),
			bf16: mi355x(2516.6),
			fp8: mi355x(5033.2),
			int8: mi355x(5033.2),
			fp4: mi355x(10066.3)
		},
		l2: mi355x(256),
		cores: mi355x(256),
		link: mi355x(537.6),
		launch: launch(VULKAN),
		power: mi355x(1400)
	},
	{
		id: 'tpu-v5e',
		name: 'TPU v5e',
		vendor: 'Google',
		kind: 'datacenter',
		year: 2023,
		bandwidth: v5e(819),
		capacity: v5e(16),
		rates: { fp32: tpuVector(3.1), bf16: v5e(197), int8: v5e(393) },
		cores: v5e(4),
		link: v5e(200),
		launch: launch(VULKAN),
		rent: from('tpu-pricing')(1.2)
	},
	{
		id: 'tpu-v6e',
		name: 'TPU v6e (Trillium)',
		vendor: 'Google',
		kind: 'datacenter',
		year: 2024,
		bandwidth: v6e(1638),
		capacity: v6e(32),
		rates: { fp32: tpuVector(14.3), bf16: v6e(918), int8: v6e(1836) },
		cores: v6e(2),
		link: v6e(400),
		launch: launch(VULKAN),
		rent: from('tpu-pricing')(2.7)
	},
	{
		id: 'groq-lpu',
		name: 'Groq LPU (GroqChip 1)',
		vendor: 'Groq',
		kind: 'sram',
		year: 2020,
		bandwidth: from('groq-isca')(80000),
		capacity: from('groq-isca')(0.23),
		rates: {
			fp32: from('groq-derived')(9.2),
			bf16: from('groq-isca')(188),
			int8: from('groq-isca')(750)
		},
		cores: from('groq-isca')(4),
		launch: launch(VULKAN),
		power: from('groq-isca')(275)
	}
];
