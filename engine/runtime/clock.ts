/** Compute passes that can be measured between two calls of `resolve`; 8 bytes a timestamp, two a pass. */
const PASSES = 1024;

/** Bytes that `resolve` writes at most. */
export const CLOCK_BYTES = PASSES * 16;

/**
 * How long the device is at work: the sum over all compute passes, ours and ONNX Runtime's, of the time
 * between the timestamps at their two ends. Waiting between passes does not count. ONNX Runtime 1.30 can
 * report this only from another bundle, so the device's encoders are taught to stamp every pass.
 * Browsers round timestamps (Chrome: to 0.1 ms); neighbouring passes share the rounding, so sums are
 * better than their parts.
 */
export class GpuClock {
	#passes = 0;
	readonly #stamps: GPUQuerySet;
	readonly #resolved: GPUBuffer;

	/** A clock for this device, or undefined where it has no timestamps. */
	static install(device: GPUDevice): GpuClock | undefined {
		return device.features.has('timestamp-query') ? new GpuClock(device) : undefined;
	}

	private constructor(device: GPUDevice) {
		this.#stamps = device.createQuerySet({ type: 'timestamp', count: PASSES * 2 });
		this.#resolved = device.createBuffer({
			size: CLOCK_BYTES,
			usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
		});
		const create = device.createCommandEncoder.bind(device);
		device.createCommandEncoder = (descriptor) => {
			const encoder = create(descriptor);
			const begin = encoder.beginComputePass.bind(encoder);
			encoder.beginComputePass = (descriptor) => begin(this.#stamped(descriptor));
			return encoder;
		};
	}

	/**
	 * Writes what was measured since the last call to `target` at `offset`, after what the encoder holds so far. Returns the
	 * number of passes, to be given to `sum`; 0 where there were too many to measure.
	 */
	resolve(encoder: GPUCommandEncoder, target: GPUBuffer, offset: number): number {
		const passes = this.#passes;
		this.#passes = 0;
		if (passes === 0 || passes > PASSES) return 0;
		encoder.resolveQuerySet(this.#stamps, 0, passes * 2, this.#resolved, 0);
		encoder.copyBufferToBuffer(this.#resolved, 0, target, offset, passes * 16);
		return passes;
	}

	dispose(): void {
		this.#stamps.destroy();
		this.#resolved.destroy();
	}

	#stamped(descriptor: GPUComputePassDescriptor = {}): GPUComputePassDescriptor {
		if (descriptor.timestampWrites) return descriptor;
		const pass = this.#passes++;
		if (pass >= PASSES) return descriptor;
		return {
			...descriptor,
			timestampWrites: {
				querySet: this.#stamps,
				beginningOfPassWriteIndex: pass * 2,
				endOfPassWriteIndex: pass * 2 + 1
			}
		};
	}
}

/** Milliseconds that passes took, from their resolved timestamps. */
export function sumOfPasses(stamps: BigUint64Array): number {
	let nanoseconds = 0n;
	for (let i = 0; i < stamps.length; i += 2) nanoseconds += stamps[i + 1]! - stamps[i]!;
	return Number(nanoseconds) / 1e6;
}
