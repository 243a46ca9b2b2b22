import type { Commands } from '../commands.ts';
import type { Executor, GraphInputs, GraphOutputs, PassShape } from '../executor.ts';
import type { Kernels } from './kernels.ts';
import { PASS_BYTES, wholeTiles } from './matmul.ts';
import { recipeOf, type FusedShape } from './recipe.ts';
import type { Matrix, Weights } from './weights.ts';

/** One launch, ready to be encoded. */
interface Launch {
	readonly pipeline: GPUComputePipeline;
	readonly group: GPUBindGroup;
	readonly groups: readonly [number, number, number];
}

/** A pass of one shape over one set of buffers. */
interface Plan {
	/** The uniforms: slots, rows of logits, cache columns, columns shown. */
	readonly sizes: GPUBuffer;
	readonly launches: readonly Launch[];
	readonly inputs: readonly GPUBuffer[];
	readonly outputs: GraphOutputs;
	readonly own: readonly GPUBuffer[];
}

/** Storage buffers that one kernel binds at most; WebGPU promises eight. */
export const STORAGE_BUFFERS = 9;

/** Shapes whose plans are kept. */
const KEPT = 24;

/**
 * Runs a pass with kernels of our own, as `recipeOf` lists them. A small model's pass is bound by launches and by kernels too
 * small to fill a GPU, so fewer and better filled ones are what makes it fast. Float32, block-quantised weights; no
 * subgroups, no more than what WebGPU promises everywhere but nine storage buffers.
 */
export class FusedExecutor implements Executor {
	/** In the order of their last use. */
	readonly #plans = new Map<string, Plan>();
	readonly #numbers = new WeakMap<GPUBuffer, number>();
	#count = 0;

	constructor(
		private readonly device: GPUDevice,
		private readonly kernels: Kernels,
		private readonly weights: Weights,
		private readonly shape: FusedShape
	) {}

	async run(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<GraphOutputs> {
		const plan = await this.#planOf(inputs, shape, commands);
		if (!inputs.sizes) {
			const { shown, chain } = inputs;
			const sizes = Uint32Array.of(shape.q, shape.r, shape.columns, shown, chain);
			this.device.queue.writeBuffer(plan.sizes, 0, sizes);
		}
		const pass = commands.pass();
		for (const { pipeline, group, groups } of plan.launches) {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(...groups);
		}
		return { ...plan.outputs, written: inputs.chain };
	}

	embedding(): Matrix {
		return this.weights.head;
	}

	alike(one: PassShape, other: PassShape): boolean {
		return (
			one.columns === other.columns &&
			wholeTiles(one.q) === wholeTiles(other.q) &&
			wholeTiles(one.r) === wholeTiles(other.r)
		);
	}

	forget(buffers: readonly GPUBuffer[]): void {
		for (const [key, { inputs }] of this.#plans) {
			if (buffers.some((buffer) => inputs.includes(buffer))) this.#drop(key);
		}
	}

	async dispose(): Promise<void> {
		for (const key of [...this.#plans.keys()]) this.#drop(key);
		this.weights.destroy();
	}

	async #planOf(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<Plan> {
		const key = `${shape.q} ${shape.r} ${shape.columns} ${this.#numberOf(inputs.x)}`;
		const known = this.#plans.get(key);
		const all = [inputs.x, inputs.pos, inputs.bias, inputs.rows, ...inputs.past];
		if (known && all.every((buffer, i) => buffer === known.inputs[i])) {
			this.#plans.delete(key);
			this.#plans.set(key, known);
			return known;
		}
		// What was encoded before may read what is dropped now.
		commands.submit();
		this.#drop(key);
		const plan = await this.#build(inputs, all, shape);
		this.#plans.set(key, plan);
		for (const old of this.#plans.keys()) {
			if (this.#plans.size <= KEPT) break;
			this.#drop(old);
		}
		return plan;
	}

	/** Passes of one shape may have several sets of buffers: they are told apart by the first. */
	#numberOf(buffer: GPUBuffer): number {
		const known = this.#numbers.get(buffer);
		if (known !== undefined) return known;
		this.#numbers.set(buffer, ++this.#count);
		return this.#count;
	}

	#drop(key: string): void {
		for (const buffer of this.#plans.get(key)?.own ?? []) buffer.destroy();
		this.#plans.delete(key);
	}

	async #build(inputs: GraphInputs, all: readonly GPUBuffer[], shape: PassShape): Promise<Plan> {
		const { launches, buffers } = recipeOf(this.shape, shape);
		const pipelines = await Promise.all(launches.map(({ kernel }) => this.kernels.get(kernel)));
		const own: GPUBuffer[] = [];
		const named = this.#given(inputs);
		for (const [label, length] of buffers) {
			const buffer = this.device.createBuffer({
				label,
				size: length * 4,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			});
			own.push(buffer);
			named.set(label, buffer);
		}
		const sizes =
			inputs.sizes ??
			this.device.createBuffer({
				label: 'sizes of a pass',
				size: PASS_BYTES,
				usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
			});
		if (!inputs.sizes) own.push(sizes);
		const ready = launches.map(({ buffers, groups }, i): Launch => {
			const pipeline = pipelines[i]!;
			const entries = [sizes, ...buffers.map((name) => named.get(name)!)].map(
				(buffer, binding) => ({ binding, resource: { buffer } })
			);
			const layout = pipeline.getBindGroupLayout(0);
			return { pipeline, group: this.device.createBindGroup({ layout, entries }), groups };
		});
		const fresh = inputs.past.map((_, i) => named.get(`fresh ${i}`)!);
		const outputs = { logits: named.get('logits')!, fresh };
		return { sizes, launches: ready, inputs: all, outputs, own };
	}

	/** The buffers of a pass that are there before it, by the names that `recipeOf` gives them. */
	#given({ x, pos, bias, rows, past }: GraphInputs): Map<string, GPUBuffer> {
		const { layers, finalGain, head, rotary } = this.weights;
		const named = new Map(Object.entries({ x, pos, bias, rows, rotary }));
		const matrix = (name: string, { values, scales }: Matrix) =>
			named.set(`${name}.values`, values).set(`${name}.scales`, scales);
		past.forEach((buffer, i) => named.set(`past ${i}`, buffer));
		layers.forEach((layer, n) => {
			named.set(`gain ${n}`, layer.attentionGain).set(`feed gain ${n}`, layer.feedGain);
			matrix(`qkv ${n}`, layer.qkv);
			matrix(`out ${n}`, layer.out);
			matrix(`gate ${n}`, layer.gateUp);
			matrix(`down ${n}`, layer.down);
		});
		named.set(`gain ${layers.length}`, finalGain);
		matrix('head', head);
		return named;
	}
}
