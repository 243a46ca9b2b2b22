import type { AdditiveMask } from '../mask/index.ts';
import { chainLength } from './ahead/guess.ts';
import { rotaryRows, type Inputs, type Shape } from './backend.ts';
import type { Commands } from './commands.ts';
import type { GraphInputs, PassShape } from './executor.ts';
import { toHalf } from './half.ts';
import type { MaskKernel, MaskOnDevice } from './maskKernel.ts';

/**
 * The inputs of passes of one shape, on the device. They stay there from pass to pass, and only what
 * changed is uploaded: in a step of TiDAR the rows of k drafts of k + k² slots, and of the mask the
 * columns that joined the cache.
 */
export class InputBuffers implements GraphInputs {
	readonly #x: Mirror;
	readonly #pos: Mirror;
	readonly #rows: Mirror;
	readonly bias: GPUBuffer;
	readonly #maskOnDevice: MaskOnDevice;
	/** The mask that `bias` holds, and how many columns of the cache it shows there. */
	#mask: AdditiveMask | undefined;
	#shown = 0;
	#chain = 0;

	constructor(
		private readonly device: GPUDevice,
		private readonly kernel: MaskKernel,
		private readonly precision: 'f32' | 'f16',
		private readonly model: Shape,
		{ q, r, columns }: PassShape,
		readonly past: readonly GPUBuffer[]
	) {
		const itemBytes = precision === 'f16' ? 2 : 4;
		this.#x = new Mirror(device, 'x', q * model.width, precision);
		this.#pos = new Mirror(device, 'pos', q * (model.groups + 2) * 2, 'i32');
		this.#rows = new Mirror(device, 'rows', r, 'i32');
		this.bias = storage(device, 'bias', q * (columns + q) * itemBytes);
		this.#maskOnDevice = kernel.bind(this.bias);
	}

	get x(): GPUBuffer {
		return this.#x.buffer;
	}

	get pos(): GPUBuffer {
		return this.#pos.buffer;
	}

	get shown(): number {
		return this.#shown;
	}

	get chain(): number {
		return this.#chain;
	}

	get rows(): GPUBuffer {
		return this.#rows.buffer;
	}

	/** Makes the buffers hold these inputs before the commands that follow. */
	upload({ x, positions, mask, rows, pass }: Inputs, commands: Commands): void {
		this.#chain = chainLength(pass.spec);
		this.#x.write(x);
		const pos = rotaryRows(positions, this.model.groups);
		this.#pos.write(new Int32Array(pos.buffer, pos.byteOffset, pos.length * 2));
		this.#rows.write(Int32Array.from(rows));
		const shown = mask.shown;
		if (mask !== this.#mask) {
			upload(this.device, this.bias, 0, mask.values, this.precision);
		} else if (shown !== this.#shown) {
			const [first, end] = [Math.min(shown, this.#shown), Math.max(shown, this.#shown)];
			const visible = shown > this.#shown;
			this.kernel.encode(commands.pass(), this.#maskOnDevice, mask, first, end, visible);
		}
		this.#mask = mask;
		this.#shown = shown;
	}

	/** The buffers that `destroy` destroys: all but `past`. */
	get own(): readonly GPUBuffer[] {
		return [this.x, this.pos, this.rows, this.bias];
	}

	destroy(): void {
		for (const buffer of this.own) buffer.destroy();
		this.#maskOnDevice.range.destroy();
	}
}

/** A buffer and what it holds; writing uploads from the first changed value to the last. */
class Mirror {
	readonly buffer: GPUBuffer;
	readonly #held: Float32Array | Int32Array;
	#empty = true;

	constructor(
		private readonly device: GPUDevice,
		label: string,
		length: number,
		private readonly type: 'f32' | 'f16' | 'i32'
	) {
		this.#held = type === 'i32' ? new Int32Array(length) : new Float32Array(length);
		this.buffer = storage(device, label, length * (type === 'f16' ? 2 : 4));
	}

	write(data: Float32Array | Int32Array): void {
		let first = 0;
		let end = data.length;
		if (!this.#empty) {
			while (first < end && data[first] === this.#held[first]) first++;
			while (end > first && data[end - 1] === this.#held[end - 1]) end--;
			if (first === end) return;
		}
		// Uploads go in units of 4 bytes, which are two float16.
		if (this.type === 'f16') {
			first &= ~1;
			end = Math.min(data.length, end + (end & 1));
		}
		this.#empty = false;
		this.#held.set(data);
		upload(this.device, this.buffer, first, data.subarray(first, end), this.type);
	}
}

/** Writes values from the value number `at` on, in the type that the buffer holds. */
function upload(
	device: GPUDevice,
	buffer: GPUBuffer,
	at: number,
	values: Float32Array | Int32Array,
	type: 'f32' | 'f16' | 'i32'
): void {
	if (type !== 'f16') {
		device.queue.writeBuffer(buffer, at * 4, values as Float32Array<ArrayBuffer>);
		return;
	}
	// An odd number of them is followed by a zero, which only the end of a buffer has room for.
	const halves = new Uint16Array(values.length + (values.length & 1));
	device.queue.writeBuffer(buffer, at * 2, toHalf(values as Float32Array, halves));
}

/** Rounded up, so that what ONNX Runtime binds is never too small. */
const storage = (device: GPUDevice, label: string, bytes: number) =>
	device.createBuffer({
		label,
		size: Math.ceil(bytes / 256) * 256,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
	});
