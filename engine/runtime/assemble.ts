import { RuntimeError } from './errors.ts';
import { fromHalf } from './half.ts';
import type { Recipe, RecipeStep } from './manifest.ts';

/** Weights that share one scale. */
const BLOCK = 32;

/**
 * The external data of a graph, made from the weight blob while ONNX Runtime reads it.
 *
 * A graph file holds no weights: each of its tensors is a range of one data file. That file would be
 * 540 MB for the float32 graph, so it is never made: this object says it has the file's length, and makes
 * the range that is asked for. ONNX Runtime copies a tensor's range into its own memory (or to the GPU)
 * before it asks for the next one, through `subarray` (ort-wasm-simd-threaded, LoadExternalData), and
 * takes nothing but a Uint8Array; so this is one, of no bytes of its own.
 */
export class ExternalData extends Uint8Array {
	readonly #steps: ReadonlyMap<number, RecipeStep>;
	readonly #blob: Uint8Array;
	readonly #bytes: number;

	constructor(recipe: Recipe, blob: Uint8Array) {
		super(0);
		this.#blob = blob;
		this.#bytes = recipe.bytes;
		this.#steps = new Map(recipe.recipe.map((step) => [step.to[0], step]));
	}

	override get byteLength(): number {
		return this.#bytes;
	}

	override get length(): number {
		return this.#bytes;
	}

	/** @throws RuntimeError where the range is not that of one tensor. */
	override subarray(start = 0, end = this.#bytes): Uint8Array<ArrayBuffer> {
		const step = this.#steps.get(start);
		if (!step || step.to[1] !== end - start) {
			throw new RuntimeError(
				'manifest',
				`The graph asks for bytes ${start} to ${end} of its data, which no step of the recipe writes. The graph and the manifest do not belong together; publish the model again.`
			);
		}
		return transform(step, this.#blob);
	}
}

/**
 * The bytes of one tensor: `step.to[1]` of them.
 * @throws RuntimeError 'manifest' where the ranges do not fit the transform.
 */
export function transform(step: RecipeStep, blob: Uint8Array): Uint8Array<ArrayBuffer> {
	const bytes = range(blob, step.from);
	const result = apply(step, bytes, blob);
	if (result.length !== step.to[1]) {
		throw new RuntimeError(
			'manifest',
			`${step.name}: ${step.transform} makes ${result.length} bytes, not the ${step.to[1]} that the manifest says. Publish the model again.`
		);
	}
	return result as Uint8Array<ArrayBuffer>;
}

function apply(step: RecipeStep, bytes: Uint8Array, blob: Uint8Array): Uint8Array {
	switch (step.transform) {
		case 'copy':
			return step.to[1] > bytes.length ? padded(bytes, step.to[1]) : bytes;
		case 'f16-to-f32':
			return bytesOf(fromHalf(halves(bytes)));
		case 'q4-dequantise-transpose':
		case 'q8-dequantise-transpose': {
			const [n, k] = step.shape;
			const scales = fromHalf(halves(range(blob, step.scales)));
			return bytesOf(
				step.transform === 'q4-dequantise-transpose'
					? transpose4(bytes, scales, n, k)
					: transpose8(bytes, scales, n, k)
			);
		}
	}
}

/** The bytes, and zeros after them. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
	const out = new Uint8Array(length);
	out.set(bytes);
	return out;
}

/** Rows written side by side: a cache line of the output is filled before it is left. */
const ROWS = 16;

/**
 * n rows of k nibbles, the lower half of a byte first → float32 [k, n] of (nibble - 8) · scale, a scale
 * for each 32 of a row.
 */
function transpose4(packed: Uint8Array, scales: Float32Array, n: number, k: number): Float32Array {
	const out = new Float32Array(n * k);
	for (let first = 0; first < n; first += ROWS) {
		const last = Math.min(first + ROWS, n);
		for (let j = 0; j < k; j += 2) {
			for (let i = first; i < last; i++) {
				const byte = packed[(i * k + j) >> 1]!;
				const scale = scales[((i * k + j) / BLOCK) | 0]!;
				out[j * n + i] = ((byte & 15) - 8) * scale;
				out[(j + 1) * n + i] = ((byte >> 4) - 8) * scale;
			}
		}
	}
	return out;
}

/** n rows of k bytes → float32 [k, n] of (byte - 128) · scale. */
function transpose8(values: Uint8Array, scales: Float32Array, n: number, k: number): Float32Array {
	const out = new Float32Array(n * k);
	for (let first = 0; first < n; first += ROWS) {
		const last = Math.min(first + ROWS, n);
		for (let j = 0; j < k; j++) {
			for (let i = first; i < last; i++) {
				out[j * n + i] = (values[i * k + j]! - 128) * scales[((i * k + j) / BLOCK) | 0]!;
			}
		}
	}
	return out;
}

function range(blob: Uint8Array, [start, length]: readonly [number, number]): Uint8Array {
	if (start + length > blob.length) {
		throw new RuntimeError(
			'manifest',
			`The recipe reads up to byte ${start + length} of the weights, which have ${blob.length}. Publish the model again.`
		);
	}
	return blob.subarray(start, start + length);
}

const halves = (bytes: Uint8Array) =>
	new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);

const bytesOf = (floats: Float32Array) =>
	new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);

/** One array of all parts, in order. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
