/**
 * What a pass asks of the device, in order, in as few pieces as it can be: one encoder, and within it one
 * compute pass for as long as nothing else comes between. Reusable after `submit`.
 */
export class Commands {
	#encoder: GPUCommandEncoder | undefined;
	#pass: GPUComputePassEncoder | undefined;

	constructor(private readonly device: GPUDevice) {}

	/** The compute pass in progress. */
	pass(): GPUComputePassEncoder {
		return (this.#pass ??= (this.#encoder ??=
			this.device.createCommandEncoder()).beginComputePass());
	}

	/** The encoder, for commands that do not belong in a compute pass. */
	encoder(): GPUCommandEncoder {
		this.#pass?.end();
		this.#pass = undefined;
		return (this.#encoder ??= this.device.createCommandEncoder());
	}

	/** Hands what there is so far to the device. */
	submit(): void {
		if (!this.#encoder) return;
		const encoder = this.encoder();
		this.#encoder = undefined;
		this.device.queue.submit([encoder.finish()]);
	}
}
