import { RuntimeError, messageOf } from './errors.ts';

/** A WebGPU device of ours, and what is known of it. */
export interface Gpu {
	readonly device: GPUDevice;
	/** As the device names itself, for example 'nvidia hopper'. */
	readonly name: string;
	/** A GPU emulated by the CPU, such as SwiftShader. */
	readonly software: boolean;
	/** Rejects with a RuntimeError 'device-lost' when the device fails; never resolves. */
	readonly lost: Promise<never>;
}

/** What ONNX Runtime's kernels profit from. */
const limits = [
	'maxBufferSize',
	'maxStorageBufferBindingSize',
	'maxStorageBuffersPerShaderStage',
	'maxComputeWorkgroupStorageSize',
	'maxComputeInvocationsPerWorkgroup',
	'maxComputeWorkgroupSizeX',
	'maxComputeWorkgroupSizeY',
	'maxComputeWorkgroupSizeZ',
	'maxComputeWorkgroupsPerDimension'
] as const;

/**
 * Opens a device with all limits that the adapter has, and the features that make it fast. A software
 * device gets no 'subgroups': SwiftShader's attention is silently wrong with them (32 rows or more).
 * @throws RuntimeError 'no-webgpu', 'no-adapter' or 'no-device'
 */
export async function openDevice(gpu: GPU | undefined = navigator.gpu): Promise<Gpu> {
	if (!gpu) {
		throw new RuntimeError(
			'no-webgpu',
			'This browser has no WebGPU. Current Chrome, Edge, Safari and Firefox have it, on pages served over https.'
		);
	}
	const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
	if (!adapter) {
		throw new RuntimeError(
			'no-adapter',
			'The browser has WebGPU but offers no GPU to it. Hardware acceleration may be off in its settings, or the driver is on its list of broken ones.'
		);
	}
	const { info } = adapter;
	const software = info.isFallbackAdapter || /swiftshader|llvmpipe|warp/i.test(describe(info));
	const features: GPUFeatureName[] = ['shader-f16', 'timestamp-query'];
	if (!software) features.push('subgroups');
	let device: GPUDevice;
	try {
		device = await adapter.requestDevice({
			label: 'tidar',
			requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
			requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]))
		});
	} catch (cause) {
		throw new RuntimeError(
			'no-device',
			`The GPU (${describe(info)}) cannot be opened: ${messageOf(cause)}. Close other pages that use it, and reload.`,
			{ cause }
		);
	}
	const name = describe(info);
	const lost = device.lost.then(({ message }) => {
		throw new RuntimeError(
			'device-lost',
			`The GPU (${name}) was lost${message ? `: ${message}` : ''}. Load the model again to go on; if that happens often, close other pages that use the GPU.`
		);
	});
	// Losing a device that nobody waits for is no unhandled error.
	lost.catch(() => undefined);
	return { device, name, software, lost };
}

function describe({ vendor, architecture, description }: GPUAdapterInfo): string {
	return description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed GPU';
}
