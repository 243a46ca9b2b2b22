import type { Commands } from '../commands.ts';
import type { Executor, GraphInputs, GraphOutputs, PassShape } from '../executor.ts';
import { attentionShader, cutFor, cutKind, joinShader } from './attention.ts';
import { matmulShader, PAIRS, rowsFor, tileFor, tileRows, type Product } from './matmul.ts';
import type { Matrix, Weights } from './weights.ts';

/** Sizes of the model that the kernels are written for. */
export interface FusedShape {
	readonly layers: number;
	readonly width: number;
	readonly kvHeads: number;
	readonly headSize: number;
	/** Query heads that share a key and value head. */
	readonly groups: number;
	readonly ffn: number;
	readonly vocabulary: number;
	readonly epsilon: number;
}

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

/** Passes of one kind use the same kernels. */
export const kindOf = ({ q, r }: PassShape, { kvHeads }: FusedShape): string =>
	[rowsFor(q), rowsFor(r), cutKind(cutFor(q, kvHeads))].join(', ');

/** Shapes whose plans are kept. */
const KEPT = 24;

/** Copies the embeddings to the residual stream, and leaves x · gain for the first product. */
const startShader = (width: number) => /* wgsl */ `
struct Pass { slots: u32, rows: u32, columns: u32, shown: u32 }
@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> stream: array<f32>;
@group(0) @binding(4) var<storage, read_write> scaled: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
	if (id.x >= sizes.slots * ${width}u) { return; }
	stream[id.x] = x[id.x];
	scaled[id.x] = x[id.x] * gain[id.x % ${width}u];
}
`;

/**
 * Runs a pass with five or six kernels a layer of our own in place of the twelve to sixteen that ONNX Runtime launches:
 * norm, queries, keys, values and rotation; attention, whose parts are joined where it was split; output and residual; norm, gate, up and SiLU; down and
 * residual. A small model's pass is bound by launches and by kernels too small to fill a GPU, so fewer and
 * better filled ones are what makes it fast. Float32, block-quantised weights; no subgroups, no more than what
 * WebGPU promises everywhere but nine storage buffers.
 */
export class FusedExecutor implements Executor {
	readonly #pipelines = new Map<string, GPUComputePipeline>();
	/** In the order of their last use. */
	readonly #plans = new Map<string, Plan>();
	readonly #numbers = new WeakMap<GPUBuffer, number>();
	#count = 0;

	constructor(
		private readonly device: GPUDevice,
		private readonly weights: Weights,
		private readonly shape: FusedShape
	) {}

	async run(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<GraphOutputs> {
		const plan = this.#planOf(inputs, shape, commands);
		if (!inputs.sizes) {
			const sizes = Uint32Array.of(shape.q, shape.r, shape.columns, inputs.shown);
			this.device.queue.writeBuffer(plan.sizes, 0, sizes);
		}
		const pass = commands.pass();
		for (const { pipeline, group, groups } of plan.launches) {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(...groups);
		}
		return plan.outputs;
	}

	embedding(): Matrix {
		return this.weights.head;
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

	#planOf(inputs: GraphInputs, shape: PassShape, commands: Commands): Plan {
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
		const plan = this.#build(inputs, all, shape);
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

	#build(inputs: GraphInputs, all: readonly GPUBuffer[], { q, r }: PassShape): Plan {
		const { width, kvHeads, headSize, groups, ffn, vocabulary, epsilon } = this.shape;
		const { weights } = this;
		const keys = kvHeads * headSize;
		const queries = groups * keys;
		const own: GPUBuffer[] = [];
		const floats = (label: string, length: number) => {
			const buffer = this.device.createBuffer({
				label,
				size: length * 4,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			});
			own.push(buffer);
			return buffer;
		};
		const sizes =
			inputs.sizes ??
			this.device.createBuffer({
				label: 'sizes of a pass',
				size: 16,
				usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
			});
		if (!inputs.sizes) own.push(sizes);
		const stream = floats('residual stream', q * width);
		const scaled = floats('scaled stream', q * width);
		const query = floats('queries', q * queries);
		const attended = floats('attended', q * queries);
		const gated = floats('gated', q * ffn);
		const logits = floats('logits', r * vocabulary);
		const fresh = inputs.past.map((_, i) => floats(`fresh ${i}`, q * keys));

		const launches: Launch[] = [];
		const launch = (
			pipeline: GPUComputePipeline,
			buffers: readonly GPUBuffer[],
			[x, y = 1, z = 1]: readonly [number, number?, number?]
		) => {
			const entries = [sizes, ...buffers].map((buffer, binding) => ({
				binding,
				resource: { buffer }
			}));
			const layout = pipeline.getBindGroupLayout(0);
			const group = this.device.createBindGroup({ layout, entries });
			launches.push({ pipeline, group, groups: [x, y, z] });
		};
		const product = (what: Product, rows: number, buffers: readonly GPUBuffer[]) => {
			const tile = tileFor(rows, what.k);
			const key = `${what.ending.kind} ${what.k} ${what.n} ${JSON.stringify(tile)}`;
			const pipeline = this.#pipeline(key, () => matmulShader(what, tile));
			launch(pipeline, buffers, [what.n / 2 / PAIRS, Math.ceil(rows / tileRows(tile))]);
		};
		const cut = cutFor(q, kvHeads);
		const heads = { groups, kvHeads, headSize };
		const attention = this.#pipeline(`attention ${cutKind(cut)}`, () =>
			attentionShader(heads, cut)
		);
		const workgroups = [kvHeads, Math.ceil(q / cut.slots), cut.splits] as const;
		const join = this.#pipeline('join', () => joinShader(heads));
		const parts = cut.splits > 1 && {
			sums: floats('parts of the attention', cut.splits * q * queries),
			ends: floats('ends of the parts', cut.splits * q * groups * kvHeads * 2)
		};
		const start = this.#pipeline('start', () => startShader(width));
		const linear = { bits: 4, epsilon } as const;

		launch(
			start,
			[inputs.x, weights.layers[0]!.attentionGain, stream, scaled],
			[Math.ceil((q * width) / 64)]
		);
		weights.layers.forEach((layer, n) => {
			const [key, value] = [fresh[2 * n]!, fresh[2 * n + 1]!];
			const [pastKey, pastValue] = [inputs.past[2 * n]!, inputs.past[2 * n + 1]!];
			const next = weights.layers[n + 1]?.attentionGain ?? weights.finalGain;
			product(
				{
					...linear,
					k: width,
					n: queries + 2 * keys,
					normalised: true,
					ending: { kind: 'qkv', queries, keys, half: headSize / 2 }
				},
				q,
				[
					scaled,
					layer.qkv.values,
					layer.qkv.scales,
					stream,
					weights.rotary,
					inputs.pos,
					query,
					key,
					value
				]
			);
			const read = [query, key, value, pastKey, pastValue, inputs.bias];
			if (parts) {
				launch(attention, [...read, parts.sums, parts.ends], workgroups);
				launch(join, [parts.sums, parts.ends, attended], [q * groups * kvHeads]);
			} else {
				launch(attention, [...read, attended], workgroups);
			}
			product(
				{ ...linear, k: queries, n: width, normalised: false, ending: { kind: 'residual' } },
				q,
				[attended, layer.out.values, layer.out.scales, layer.feedGain, stream, scaled]
			);
			product({ ...linear, k: width, n: 2 * ffn, normalised: true, ending: { kind: 'gate' } }, q, [
				scaled,
				layer.gateUp.values,
				layer.gateUp.scales,
				stream,
				gated
			]);
			product({ ...linear, k: ffn, n: width, normalised: false, ending: { kind: 'residual' } }, q, [
				gated,
				layer.down.values,
				layer.down.scales,
				next,
				stream,
				scaled
			]);
		});
		product(
			{ bits: 8, epsilon, k: width, n: vocabulary, normalised: true, ending: { kind: 'logits' } },
			r,
			[scaled, weights.head.values, weights.head.scales, stream, inputs.rows, logits]
		);
		return { sizes, launches, inputs: all, outputs: { logits, fresh }, own };
	}

	#pipeline(key: string, code: () => string): GPUComputePipeline {
		const known = this.#pipelines.get(key);
		if (known) return known;
		const made = this.device.createComputePipeline({
			label: key,
			layout: 'auto',
			compute: { module: this.device.createShaderModule({ label: key, code: code() }) }
		});
		this.#pipelines.set(key, made);
		return made;
	}
}
