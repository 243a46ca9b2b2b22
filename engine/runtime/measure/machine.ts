import type { Gpu } from '../device.ts';

/** What a page may know of the device that it computes on. */
export interface Machine {
	readonly backend: 'webgpu' | 'wasm';
	/** As the device names itself; 'CPU' without a GPU. */
	readonly name: string;
	readonly vendor?: string;
	readonly architecture?: string;
	/** A GPU that the processor emulates. */
	readonly software: boolean;
	readonly f16: boolean;
	readonly timestamps: boolean;
	readonly subgroups: boolean;
	/** Bytes, threads and counts by WebGPU's names. */
	readonly limits: Readonly<Record<string, number>>;
	/** Cores that the browser admits to. */
	readonly cores: number;
	/** GB of memory that the browser admits to, 8 at most. */
	readonly memory?: number;
	/** Several threads for WebAssembly. */
	readonly isolated: boolean;
}

const limits = [
	'maxBufferSize',
	'maxStorageBufferBindingSize',
	'maxComputeWorkgroupStorageSize',
	'maxComputeInvocationsPerWorkgroup',
	'maxStorageBuffersPerShaderStage'
] as const;

/** What this is; of the processor where no GPU is given. */
export function machineOf(gpu?: Gpu): Machine {
	const { hardwareConcurrency, deviceMemory } = navigator as Navigator & { deviceMemory?: number };
	const host = {
		cores: hardwareConcurrency,
		...(deviceMemory !== undefined && { memory: deviceMemory }),
		isolated: globalThis.crossOriginIsolated === true
	};
	if (!gpu) {
		return {
			backend: 'wasm',
			name: 'CPU',
			software: false,
			f16: false,
			timestamps: false,
			subgroups: false,
			limits: {},
			...host
		};
	}
	const { device, name, software } = gpu;
	// Not in every browser yet.
	const info = device.adapterInfo as GPUAdapterInfo | undefined;
	return {
		backend: 'webgpu',
		name,
		...(info?.vendor && { vendor: info.vendor }),
		...(info?.architecture && { architecture: info.architecture }),
		software,
		f16: device.features.has('shader-f16'),
		timestamps: device.features.has('timestamp-query'),
		subgroups: device.features.has('subgroups'),
		limits: Object.fromEntries(limits.map((limit) => [limit, device.limits[limit]])),
		...host
	};
}
