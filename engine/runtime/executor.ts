import { cacheNames, type Shape } from './backend.ts';
import type { Commands } from './commands.ts';
import type { Matrix } from './fused/weights.ts';
import { ortQueue, type Ort, type OrtModule } from './ort.ts';

/** Sizes of one pass: with a fixed cache, all that decides which kernels run over how many threads. */
export interface PassShape {
	/** Slots. */
	readonly q: number;
	/** Rows of logits. */
	readonly r: number;
	/** Cache columns, P. */
	readonly columns: number;
}

/** The graph's inputs, on the device. The buffers may be larger than the inputs. */
export interface GraphInputs {
	readonly x: GPUBuffer;
	readonly pos: GPUBuffer;
	readonly bias: GPUBuffer;
	readonly rows: GPUBuffer;
	/** Keys of layer 0, values of layer 0, … : [1, g, P, c] each. */
	readonly past: readonly GPUBuffer[];
	/** Cache columns that the mask shows, which are the first ones; the others are hidden from every slot. */
	readonly shown: number;
	/** So many of the first slots stand at the positions behind the shown ones, in order: a prompt, or a chain of drafts. */
	readonly chain: number;
	/** Uniforms q, r, columns, shown, chain where the device writes them itself; else the executor does. */
	readonly sizes?: GPUBuffer;
}

/** The graph's outputs, on the device. */
export interface GraphOutputs {
	/** [r, V] */
	readonly logits: GPUBuffer;
	/** Keys of layer 0, values of layer 0, … of the slots: [1, q, g · c] each. */
	readonly fresh: readonly GPUBuffer[];
	/** So many of the first slots were written to the cache already, behind the shown columns; none where absent. */
	readonly written?: number;
	/** [1, q, t · d] where the graph has taps. */
	readonly taps?: GPUBuffer;
}

/**
 * Gives the graph's kernels to the device: PlainExecutor lets ONNX Runtime do it, ReplayExecutor repeats
 * what ONNX Runtime did for a pass of the same shape. Nothing outside knows how it is done.
 */
export interface Executor {
	/**
	 * Puts the graph behind what `commands` holds; some or all of it may be submitted at once. Outputs can
	 * be used by commands added after, until the next run.
	 */
	run(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<GraphOutputs>;
	/** Tells that these inputs of earlier runs are about to be destroyed. */
	forget(buffers: readonly GPUBuffer[]): void;
	/**
	 * The embedding as it lies on the device, where passes of this shape may take inputs that the device writes
	 * (GraphInputs.sizes); undefined or absent where they may not.
	 */
	embedding?(shape: PassShape): Matrix | undefined;
	/** Whether a row comes out the same, to the last bit, in passes of both shapes; no where absent. */
	alike?(one: PassShape, other: PassShape): boolean;
	dispose(): Promise<void>;
}

/** Lets ONNX Runtime encode every kernel anew in each pass. */
export class PlainExecutor implements Executor {
	readonly #names: readonly string[];
	/** The last run's outputs, which are the session's memory. */
	#results: readonly Ort.Tensor[] = [];

	/** precision: of x, bias, past and new. */
	constructor(
		private readonly ort: OrtModule,
		private readonly session: Ort.InferenceSession,
		private readonly model: Shape,
		private readonly precision: 'float32' | 'float16'
	) {
		this.#names = cacheNames(model.layers);
	}

	async run(
		inputs: GraphInputs,
		{ q, r, columns }: PassShape,
		commands: Commands
	): Promise<GraphOutputs> {
		const { width, groups, kvHeads, headSize } = this.model;
		// ONNX Runtime submits for itself, and may reuse the last run's outputs as soon as it has them back.
		commands.submit();
		this.#release();
		const wrap = (
			buffer: GPUBuffer,
			dataType: 'float32' | 'float16' | 'int64' | 'int32',
			dims: number[]
		) => this.ort.Tensor.fromGpuBuffer(buffer, { dataType, dims });
		const feeds: Record<string, Ort.Tensor> = {
			x: wrap(inputs.x, this.precision, [1, q, width]),
			pos: wrap(inputs.pos, 'int64', [1, q * (groups + 2)]),
			bias: wrap(inputs.bias, this.precision, [q, columns + q]),
			rows: wrap(inputs.rows, 'int32', [r])
		};
		this.#names.forEach((name, i) => {
			feeds[`past_${name}`] = wrap(inputs.past[i]!, this.precision, [
				1,
				kvHeads,
				columns,
				headSize
			]);
		});
		const results = await ortQueue.run(() => this.session.run(feeds));
		this.#results = Object.values(results);
		return {
			logits: results.logits!.gpuBuffer,
			fresh: this.#names.map((name) => results[`new_${name}`]!.gpuBuffer),
			...(results.taps && { taps: results.taps.gpuBuffer })
		};
	}

	forget(): void {
		// Keeps no inputs.
	}

	async dispose(): Promise<void> {
		this.#release();
		await ortQueue.run(() => this.session.release());
	}

	#release(): void {
		for (const tensor of this.#results) tensor.dispose();
		this.#results = [];
	}
}
