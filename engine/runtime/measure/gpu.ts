import type { Gpu } from '../device.ts';
import { fromHalf } from '../half.ts';
import { copyWgsl, element, fillWgsl, matmulWgsl, tickWgsl, TILE } from './kernels.ts';
import type { Spread } from './spread.ts';
import { byWall, stopwatch, timeOf, type Stopwatch } from './stopwatch.ts';

/** What small kernels reach on a device. */
export interface Micro {
	/** GB/s of a copy, what is read and what is written counted. */
	readonly copy?: Spread;
	/** TFLOP/s of a matrix product in float32 and float16. */
	readonly f32?: Spread;
	readonly f16?: Spread;
	/** Microseconds of one dispatch in a row of them, each waiting for the last. */
	readonly launch?: Spread;
	/** What copy and products were timed by. */
	readonly clock: 'timestamps' | 'wall';
	/** What was computed wrongly: its number must not be believed. */
	readonly wrong: readonly ('f32' | 'f16')[];
}
export type MicroTest = 'copy' | 'f32' | 'f16' | 'launch';

/** Bytes that are copied: more than the caches of the largest GPUs hold (50 MB), less than a phone minds. */
const COPY = 2 ** 27;
const COPY_SOFTWARE = 2 ** 23;
const SIDE = 2048;
const SIDE_SOFTWARE = 128;

interface Options {
	readonly onTest?: (test: MicroTest) => void;
	readonly signal?: AbortSignal;
}

/**
 * Measures copy bandwidth, matrix throughput and the cost of a launch. A few seconds.
 * @throws RuntimeError 'device-lost'; the signal's reason when aborted.
 */
export function measureGpu(gpu: Gpu, options: Options = {}): Promise<Micro> {
	return Promise.race([tests(gpu, options), gpu.lost]);
}

async function tests(
	{ device, software }: Gpu,
	{ onTest = () => {}, signal }: Options
): Promise<Micro> {
	const watch = stopwatch(device);
	try {
		onTest('copy');
		const copy = await copyBandwidth(device, watch, software ? COPY_SOFTWARE : COPY, signal);
		const side = software ? SIDE_SOFTWARE : SIDE;
		onTest('f32');
		const f32 = await matrixThroughput(device, watch, 'f32', side, signal);
		const half = device.features.has('shader-f16');
		if (half) onTest('f16');
		const f16 = half ? await matrixThroughput(device, watch, 'f16', side, signal) : undefined;
		onTest('launch');
		const launch = await launchCost(device, signal);
		const products = { f32, f16 };
		const names = ['f32', 'f16'] as const;
		return {
			copy,
			f32: f32.rate,
			...(f16 && { f16: f16.rate }),
			launch,
			clock: watch.clock,
			wrong: names.filter((name) => products[name]?.right === false)
		};
	} finally {
		watch.dispose();
	}
}

/** A kernel with its buffers, ready to be dispatched. */
function kernel(device: GPUDevice, code: string, buffers: readonly GPUBuffer[]) {
	const pipeline = device.createComputePipeline({
		layout: 'auto',
		compute: { module: device.createShaderModule({ code }) }
	});
	const group = device.createBindGroup({
		layout: pipeline.getBindGroupLayout(0),
		entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
	});
	return (x: number, y = 1) =>
		(pass: GPUComputePassEncoder) => {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(x, y);
		};
}

/** Runs something with buffers that are freed afterwards. */
async function withBuffers<T>(
	device: GPUDevice,
	sizes: readonly number[],
	use: (...buffers: GPUBuffer[]) => Promise<T>
): Promise<T> {
	const buffers = sizes.map((size) =>
		device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
	);
	try {
		return await use(...buffers);
	} finally {
		for (const buffer of buffers) buffer.destroy();
	}
}

/** The rates of times. The shortest time is the highest rate. */
const rates = ({ median, low, high, n }: Spread, work: number): Spread => ({
	median: work / median,
	low: work / high,
	high: work / low,
	n
});

/** GB/s: two bytes of traffic a byte copied. */
function copyBandwidth(
	device: GPUDevice,
	watch: Stopwatch,
	wanted: number,
	signal?: AbortSignal
): Promise<Spread> {
	const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
	const bytes = Math.min(wanted, 4096 * Math.floor(most / 4096));
	return withBuffers(device, [bytes, bytes], async (a, b) => {
		const copy = kernel(device, copyWgsl, [a, b])(bytes / 16 / 256);
		return rates(await timeOf(watch, copy, { signal }), (2 * bytes) / 1e6);
	});
}

/** TFLOP/s of N x N times N x N, 2 FLOP a product, and whether its results are right. */
function matrixThroughput(
	device: GPUDevice,
	watch: Stopwatch,
	type: 'f32' | 'f16',
	n: number,
	signal?: AbortSignal
): Promise<{ rate: Spread; right: boolean }> {
	const bytes = n * n * (type === 'f16' ? 2 : 4);
	return withBuffers(device, [bytes, bytes, bytes], async (a, b, c) => {
		const fill = fillWgsl(type);
		await watch.time((pass) => {
			for (const buffer of [a, b])
				kernel(device, fill, [buffer])(Math.ceil((n * n) / 4 / 256))(pass);
		});
		const multiply = kernel(device, matmulWgsl(type, n), [a, b, c])(n / TILE, n / TILE);
		const time = await timeOf(watch, multiply, { signal });
		return {
			rate: rates(time, (2 * n ** 3) / 1e9),
			right: await firstRowIsRight(device, c, type, n)
		};
	});
}

/** Compares the first row of the product with what it must be. */
async function firstRowIsRight(
	device: GPUDevice,
	c: GPUBuffer,
	type: 'f32' | 'f16',
	n: number
): Promise<boolean> {
	const row = await readRow(device, c, type, n);
	for (let j = 0; j < n; j += 17) {
		let [sum, size] = [0, 0];
		for (let k = 0; k < n; k++) {
			const product = element(k) * element(k * n + j);
			sum += product;
			size += Math.abs(product);
		}
		// float16 keeps 11 bits: sums of a few hundred lose the quarters.
		if (!(Math.abs(row[j]! - sum) <= (type === 'f16' ? 0.02 : 1e-6) * size)) return false;
	}
	return true;
}

async function readRow(
	device: GPUDevice,
	c: GPUBuffer,
	type: 'f32' | 'f16',
	n: number
): Promise<Float32Array> {
	const size = n * (type === 'f16' ? 2 : 4);
	const staging = device.createBuffer({
		size,
		usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ
	});
	try {
		const encoder = device.createCommandEncoder();
		encoder.copyBufferToBuffer(c, 0, staging, 0, size);
		device.queue.submit([encoder.finish()]);
		await staging.mapAsync(GPUMapMode.READ);
		const bytes = staging.getMappedRange().slice(0);
		if (type === 'f32') return new Float32Array(bytes);
		return fromHalf(new Uint16Array(bytes));
	} finally {
		staging.destroy();
	}
}

/** Microseconds a dispatch, by the page's clock: what the processor does for each counts. */
function launchCost(device: GPUDevice, signal?: AbortSignal): Promise<Spread> {
	return withBuffers(device, [16], async (b) => {
		const tick = kernel(device, tickWgsl, [b])(1);
		const { median, low, high, n } = await timeOf(byWall(device), tick, { signal });
		return { median: 1e3 * median, low: 1e3 * low, high: 1e3 * high, n };
	});
}
