/** Where hardware numbers come from. `date` is the document's own, or when the page was read. */
export const sources = {
	'h100-datasheet': {
		title: 'NVIDIA H100 Tensor Core GPU datasheet',
		date: '2024-06',
		url: 'https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet'
	},
	'hopper-whitepaper': {
		title: 'NVIDIA H100 Tensor Core GPU Architecture, v1.04',
		date: '2023-03',
		url: 'https://resources.nvidia.com/en-us-tensor-core'
	},
	'h200-datasheet': {
		title: 'NVIDIA H200 Tensor Core GPU datasheet',
		date: '2024-11',
		url: 'https://resources.nvidia.com/en-us-data-center-overview-mc/en-us-data-center-overview/hpc-datasheet-sc23-h200'
	},
	'h200-properties': {
		title: 'cudaGetDeviceProperties of an H200, driver 580.159',
		date: '2026-10',
		url: ''
	},
	'blackwell-brief': {
		title:
			'NVIDIA Blackwell Architecture Technical Brief, V1.1 (HGX B200 at 1000 W, GB200 at 1200 W)',
		date: '2024-11',
		url: 'https://resources.nvidia.com/en-us-blackwell-architecture'
	},
	'hgx-b200-datasheet': {
		title: 'NVIDIA HGX platform datasheet: 1.44 TB for eight B200',
		date: '2025-03',
		url: 'https://www.nvidia.com/en-us/data-center/hgx/'
	},
	'gb200-datasheet': {
		title: 'NVIDIA GB200 NVL72 datasheet: 13.4 TB for 72 GPUs, 576 TB/s',
		date: '2025-03',
		url: 'https://www.nvidia.com/en-us/data-center/gb200-nvl72/'
	},
	'b200-properties': {
		title: 'Public listing of B200 and GB200: 148 SMs a GPU',
		date: '2025-06',
		url: 'https://hmc-tech.com/gpus/nvidia-b200-vs-nvidia-gb200'
	},
	'a100-datasheet': {
		title: 'NVIDIA A100 Tensor Core GPU datasheet',
		date: '2021-06',
		url: 'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf'
	},
	'ampere-whitepaper': {
		title: 'NVIDIA A100 Tensor Core GPU Architecture, v1.0',
		date: '2020-05',
		url: 'https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf'
	},
	'l4-datasheet': {
		title: 'NVIDIA L4 Tensor Core GPU datasheet (rates halved: printed with sparsity)',
		date: '2023-03',
		url: 'https://www.nvidia.com/en-us/data-center/l4/'
	},
	'l40s-datasheet': {
		title: 'NVIDIA L40S datasheet',
		date: '2023-08',
		url: 'https://www.nvidia.com/en-us/data-center/l40s/'
	},
	'ga102-whitepaper': {
		title: 'NVIDIA Ampere GA102 GPU Architecture, v2.1 (FP16 with FP32 accumulate)',
		date: '2021-04',
		url: 'https://www.nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.1.pdf'
	},
	'ada-whitepaper': {
		title: 'NVIDIA Ada GPU Architecture, v2.1 (FP16 and FP8 with FP32 accumulate)',
		date: '2023-04',
		url: 'https://images.nvidia.com/aem-dam/Solutions/Data-Center/l4/nvidia-ada-gpu-architecture-whitepaper-v2.1.pdf'
	},
	'rtx-blackwell-whitepaper': {
		title: 'NVIDIA RTX Blackwell GPU Architecture, v1.1 (FP16 and FP8 with FP32 accumulate)',
		date: '2025-02',
		url: 'https://images.nvidia.com/aem-dam/Solutions/geforce/blackwell/nvidia-rtx-blackwell-gpu-architecture.pdf'
	},
	'mi300x-datasheet': {
		title: 'AMD Instinct MI300X Accelerator data sheet',
		date: '2023-12',
		url: 'https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/data-sheets/amd-instinct-mi300x-data-sheet.pdf'
	},
	'mi355x-datasheet': {
		title: 'AMD Instinct MI355X GPU data sheet',
		date: '2025-06',
		url: 'https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/product-briefs/amd-instinct-mi355x-gpu-brochure.pdf'
	},
	'tpu-v5e': {
		title: 'Google Cloud documentation, TPU v5e',
		date: '2026-11',
		url: 'https://docs.cloud.google.com/tpu/docs/v5e'
	},
	'tpu-v6e': {
		title: 'Google Cloud documentation, TPU v6e (Trillium)',
		date: '2026-11',
		url: 'https://docs.cloud.google.com/tpu/docs/v6e'
	},
	'tpu-derived': {
		title: 'Vector unit, taken as 1/64 of the matrix unit (not published)',
		date: '2026-11',
		url: 'https://docs.cloud.google.com/tpu/docs/v6e'
	},
	'tpu-pricing': {
		title: 'Google Cloud TPU pricing, on demand, us-central/us-east',
		date: '2025-06',
		url: 'https://cloud.google.com/tpu/pricing'
	},
	'apple-m1': {
		title: 'Apple newsroom: M1; M1 Pro and M1 Max; M1 Ultra',
		date: '2022-03',
		url: 'https://www.apple.com/newsroom/2022/03/apple-unveils-m1-ultra-the-worlds-most-powerful-chip-for-a-personal-computer/'
	},
	'apple-m2': {
		title: 'Apple newsroom: M2; M2 Pro and M2 Max; M2 Ultra',
		date: '2023-06',
		url: 'https://www.apple.com/newsroom/2023/06/apple-introduces-m2-ultra/'
	},
	'apple-m3': {
		title: 'Apple newsroom: M3, M3 Pro and M3 Max; M3 Ultra',
		date: '2025-03',
		url: 'https://www.apple.com/newsroom/2025/03/apple-reveals-m3-ultra-taking-apple-silicon-to-a-new-extreme/'
	},
	'apple-m4': {
		title: 'Apple newsroom: M4; M4 Pro and M4 Max',
		date: '2024-10',
		url: 'https://www.apple.com/newsroom/2024/10/apple-introduces-m4-pro-and-m4-max/'
	},
	'apple-derived': {
		title:
			'GPU cores x 128 lanes x 2 FLOP x clock; fp16 at the fp32 rate (clock from public listings)',
		date: '2026-11',
		url: 'https://hmc-tech.com/gpu/apple-10-core-m4-vs-apple-24-core-m1-max'
	},
	'apple-power': {
		title: 'Package power under GPU load, public reviews (AnandTech, Notebookcheck)',
		date: '2024-12',
		url: 'https://www.notebookcheck.net'
	},
	'a18-pro': {
		title: 'Apple A18 Pro: LPDDR5X-7500, 64 bit; 6 GPU cores x 128 lanes x 2 x 1.47 GHz',
		date: '2024-09',
		url: 'https://www.apple.com/iphone-16-pro/specs/'
	},
	'snapdragon-8-elite': {
		title: 'Qualcomm Snapdragon 8 Elite product brief: LPDDR5X at 5300 MHz, 64 bit; Adreno 830',
		date: '2024-10',
		url: 'https://www.qualcomm.com/products/mobile/snapdragon/smartphones/snapdragon-8-series-mobile-platforms/snapdragon-8-elite-mobile-platform'
	},
	'adreno-derived': {
		title: 'Adreno 830: 1536 lanes x 2 x 1.1 GHz, fp16 at twice the fp32 rate',
		date: '2024-10',
		url: 'https://en.wikipedia.org/wiki/Adreno'
	},
	'lunar-lake': {
		title:
			'Intel Core Ultra 200V: LPDDR5X-8533, 128 bit; Arc 140V, 8 Xe2 cores at 2.05 GHz, 67 int8 TOPS',
		date: '2024-09',
		url: 'https://www.intel.com/content/www/us/en/products/details/processors/core-ultra.html'
	},
	'radeon-780m': {
		title:
			'AMD Ryzen 7 8840HS: LPDDR5X-7500, 128 bit; Radeon 780M, 12 CUs at 2.7 GHz, dual issue not counted',
		date: '2023-12',
		url: 'https://www.amd.com/en/products/processors/laptop/ryzen.html'
	},
	'groq-isca': {
		title:
			'Abts et al., A software-defined tensor streaming multiprocessor, ISCA 2022; Groq product brief',
		date: '2022-06',
		url: 'https://doi.org/10.1145/3470496.3527405'
	},
	'groq-derived': {
		title: '5120 vector ALUs x 2 FLOP x 0.9 GHz (news of the LPU, TechPowerUp)',
		date: '2024-02',
		url: 'https://www.techpowerup.com/news-tags/Processor?page=3'
	},
	'measured-h100': {
		title: 'Measured on an H100 80GB HBM3: tests/fixtures/measurements',
		date: '2026-11-24',
		url: ''
	},
	'measured-h200': {
		title: 'Measured on an H200: tests/fixtures/measurements',
		date: '2026-11-24',
		url: ''
	},
	'assumed-as-h100': {
		title: 'Not measured: taken from the H100',
		date: '2026-11-24',
		url: ''
	},
	'webgpu-dispatch': {
		title:
			'Cost of a WebGPU dispatch: 24-36 us on Vulkan, 32-71 us on Metal, middle taken (arXiv 2604.02344)',
		date: '2026-04',
		url: 'https://arxiv.org/abs/2604.02344'
	},
	'lambda-pricing': {
		title: 'Lambda on-demand price list, per GPU',
		date: '2025-10',
		url: 'https://lambda.ai/pricing'
	},
	typed: { title: 'Typed in on the page', date: '', url: '' },
	'launch-price': {
		title: 'Launch price announced by the vendor',
		date: '2025-03',
		url: ''
	}
} as const;

export type SourceId = keyof typeof sources;

/** Title, date and address of a source. */
export interface Source {
	readonly title: string;
	readonly date: string;
	readonly url: string;
}

/** Looks a source up. */
export const sourceOf = (id: SourceId): Source => sources[id];
