/** Named buffers that are reused from pass to pass and replaced by larger ones where they are too small. */
export class Scratch {
	readonly #buffers = new Map<string, GPUBuffer>();

	constructor(private readonly device: GPUDevice) {}

	/** A buffer that the page reads. */
	staging(name: string, size: number): GPUBuffer {
		return this.get(name, size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
	}

	/** At least `size` bytes; what an earlier buffer of this name held may be gone. */
	get(name: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
		const old = this.#buffers.get(name);
		if (old && old.size >= size) return old;
		old?.destroy();
		// Room for a little more, so that passes that grow slot by slot do not reallocate each time.
		const buffer = this.device.createBuffer({
			label: name,
			size: Math.ceil(size / 1024) * 1024,
			usage
		});
		this.#buffers.set(name, buffer);
		return buffer;
	}

	dispose(): void {
		for (const buffer of this.#buffers.values()) buffer.destroy();
	}
}

/** Reads the first bytes of a staging buffer. */
export async function readBack(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
	await staging.mapAsync(GPUMapMode.READ, 0, bytes);
	const copy = staging.getMappedRange(0, bytes).slice(0);
	staging.unmap();
	return copy;
}
