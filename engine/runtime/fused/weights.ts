import { transform } from '../assemble.ts';
import { RuntimeError } from '../errors.ts';
import type { Graph } from '../manifest.ts';

/** A quantised matrix on the device: packed values, and a float32 scale for each 32 of a row. */
export interface Matrix {
	readonly values: GPUBuffer;
	readonly scales: GPUBuffer;
}

/** All that the fused kernels read of a model. */
export interface Weights {
	readonly layers: readonly {
		/** Gain of the norm before the attention, and of the one before the feed-forward part. */
		readonly attentionGain: GPUBuffer;
		readonly feedGain: GPUBuffer;
		readonly qkv: Matrix;
		readonly out: Matrix;
		/** Gate's rows, then up's. */
		readonly gateUp: Matrix;
		readonly down: Matrix;
	}[];
	readonly finalGain: GPUBuffer;
	/** The tied embedding, as the head. */
	readonly head: Matrix;
	/** (cosine, sine) of each position and place in half a head. */
	readonly rotary: GPUBuffer;
	destroy(): void;
}

/**
 * Puts the weights of the float32 graph on the device, from the recipe of its external data: the
 * very numbers that ONNX Runtime gets.
 * @throws RuntimeError 'manifest' where one is missing.
 */
export function uploadWeights(
	device: GPUDevice,
	{ data }: Graph,
	layers: number,
	blob: Uint8Array
): Weights {
	const steps = new Map(data.recipe.map((step) => [step.name, step]));
	const buffers: GPUBuffer[] = [];
	const bytesOf = (name: string) => {
		const step = steps.get(name);
		if (step) return transform(step, blob);
		throw new RuntimeError('manifest', `The graph's recipe has no tensor '${name}'.`);
	};
	/** One buffer of these tensors, one behind the other. */
	const buffer = (label: string, parts: readonly Uint8Array[]) => {
		const made = device.createBuffer({
			label,
			size: parts.reduce((sum, { length }) => sum + length, 0),
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
		});
		buffers.push(made);
		let at = 0;
		for (const part of parts) {
			device.queue.writeBuffer(made, at, part as Uint8Array<ArrayBuffer>);
			at += part.length;
		}
		return made;
	};
	const tensor = (name: string) => buffer(name, [bytesOf(name)]);
	const matrix = (...names: string[]): Matrix => ({
		values: buffer(
			`${names[0]}.values`,
			names.map((name) => bytesOf(`${name}.values`))
		),
		scales: buffer(
			`${names[0]}.scales`,
			names.map((name) => bytesOf(`${name}.scales`))
		)
	});
	const floats = (name: string) => {
		const bytes = bytesOf(name);
		return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
	};
	const cosines = floats('cos');
	const sines = floats('sin');
	const turns = Float32Array.from({ length: 2 * cosines.length }, (_, i) =>
		i % 2 === 0 ? cosines[i >> 1]! : sines[i >> 1]!
	);
	return {
		layers: Array.from({ length: layers }, (_, n) => ({
			attentionGain: tensor(`layers.${n}.n1`),
			feedGain: tensor(`layers.${n}.n2`),
			qkv: matrix(`layers.${n}.qkv`),
			out: matrix(`layers.${n}.o`),
			gateUp: matrix(`layers.${n}.g`, `layers.${n}.u`),
			down: matrix(`layers.${n}.d`)
		})),
		finalGain: tensor('nf'),
		head: matrix('emb'),
		rotary: buffer('rotary', [new Uint8Array(turns.buffer)]),
		destroy() {
			for (const one of buffers) one.destroy();
		}
	};
}
