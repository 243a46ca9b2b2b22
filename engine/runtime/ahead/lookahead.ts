import type { Shape } from '../backend.ts';
import type { CommitKernel, CommitPlan } from '../commitKernel.ts';
import type { GraphInputs, GraphOutputs, PassShape } from '../executor.ts';
import type { Matrix } from '../fused/weights.ts';
import { TOP_WORDS } from '../topKernel.ts';
import { chainOf, type Chain, type Followed } from './guess.ts';
import { advanceShader, embedGroups, embedShader, recordWords } from './kernels.ts';

/** What the device needs to run a pass whose inputs it writes itself. */
export interface Lane {
	readonly inputs: GraphInputs;
	/** Record of the pass: see `recordWords`. */
	readonly record: GPUBuffer;
	readonly plan: CommitPlan;
	/** Where results are read back from: another one than that of the pass before, which may be mapped. */
	readonly staging: GPUBuffer;
}

interface Ingredients {
	readonly shape: PassShape;
	readonly model: Shape;
	/** Id of the mask token. */
	readonly mask: number;
	readonly embedding: Matrix;
	/** The inputs of passes of this shape that are told theirs: mask, rows and cache are the same. */
	readonly told: GraphInputs;
	readonly commit: CommitKernel;
	/** Bytes of a readback, without the record. */
	readonly readback: number;
}

/**
 * Greedy steps that follow each other on the device. While the page reads what a pass predicted, the device already
 * runs the pass that a greedy decoder will ask for next: kernels of ours apply the decoder's rule, keep what
 * was accepted, and write the next inputs. The decoder is not asked; whether it wants that very pass is
 * seen when it comes, and if not, the pass was in vain. So nothing waits for the page, and decoders know
 * nothing of it.
 *
 * Two lanes of buffers take turns: a pass that was asked for keeps its outputs while the next one runs.
 */
export class Lookahead {
	readonly chain: Chain;
	/** Whether the device wrote once what the page would have written. */
	trusted = false;
	/** Record of a pass that was told its inputs. */
	readonly #origin: GPUBuffer;
	readonly #lanes: readonly [Lane, Lane];
	#turn = 0;
	readonly #advance: GPUComputePipeline;
	readonly #embed: GPUComputePipeline;
	readonly #own: GPUBuffer[] = [];

	constructor(
		private readonly device: GPUDevice,
		followed: Followed,
		private readonly the: Ingredients
	) {
		this.chain = chainOf(followed.spec)!;
		const { width, groups } = the.model;
		const pipeline = (label: string, code: string) =>
			device.createComputePipeline({
				label,
				layout: 'auto',
				compute: { module: device.createShaderModule({ label, code }) }
			});
		this.#advance = pipeline('advance', advanceShader(this.chain, TOP_WORDS, groups + 2));
		this.#embed = pipeline('embed', embedShader(this.chain, width, the.mask));
		this.#origin = this.#buffer('record', recordWords(this.chain) * 4);
		this.#lanes = [this.#lane(), this.#lane()];
	}

	/** Bytes of a record. */
	get recordBytes(): number {
		return recordWords(this.chain) * 4;
	}

	/** Whether what this lane's pass computed was what it was asked for. */
	holds(record: ArrayBuffer, { start, tokens }: Followed): boolean {
		const words = new Uint32Array(record);
		return (
			words[0] === start &&
			tokens.every((token, i) => i >= this.chain.drafts || words[2 + i] === token)
		);
	}

	/** Starts from a pass that was told its inputs. */
	begin({ start, tokens }: Followed): GPUBuffer {
		const record = Uint32Array.of(start, 0, ...tokens.slice(0, this.chain.drafts));
		this.device.queue.writeBuffer(this.#origin, 0, record);
		return this.#origin;
	}

	/**
	 * Encodes what comes before the graph of the next pass, and says whose turn it is.
	 * @param before record of the pass that runs; top: what TopKernel writes for all its slots; outputs: its own
	 */
	encode(
		pass: GPUComputePassEncoder,
		before: GPUBuffer,
		top: GPUBuffer,
		outputs: GraphOutputs
	): Lane {
		const lane = this.#lanes[this.#turn]!;
		this.#turn = 1 - this.#turn;
		const { embedding, commit, model } = this.the;
		const { inputs, record, plan } = lane;
		const bind = (pipeline: GPUComputePipeline, buffers: readonly GPUBuffer[]) => {
			pass.setPipeline(pipeline);
			pass.setBindGroup(
				0,
				this.device.createBindGroup({
					layout: pipeline.getBindGroupLayout(0),
					entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
				})
			);
		};
		bind(this.#advance, [before, top, record, inputs.sizes!, plan.buffer, inputs.pos]);
		pass.dispatchWorkgroups(1);
		bind(this.#embed, [record, embedding.values, embedding.scales, inputs.x]);
		pass.dispatchWorkgroups(embedGroups(this.chain, model.width));
		commit.encodePlanned(pass, plan, this.chain.drafts, outputs.fresh, inputs.past);
		return lane;
	}

	/** The buffers that `destroy` destroys. */
	get own(): readonly GPUBuffer[] {
		return this.#own;
	}

	destroy(): void {
		for (const buffer of this.#own) buffer.destroy();
	}

	#lane(): Lane {
		const { shape, model, told, commit, readback } = this.the;
		const { q, r, columns } = shape;
		const { drafts } = this.chain;
		const sizes = this.#buffer('sizes of a pass', 16, GPUBufferUsage.UNIFORM);
		this.device.queue.writeBuffer(sizes, 0, Uint32Array.of(q, r, columns, 0));
		const plan = this.#buffer('commit plan', (4 + drafts) * 4);
		this.device.queue.writeBuffer(plan, 0, Uint32Array.of(0, 0, columns, 0));
		const staging = this.device.createBuffer({
			label: 'readback',
			size: readback + this.recordBytes,
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
		});
		this.#own.push(staging);
		return {
			inputs: {
				x: this.#buffer('x', q * model.width * 4),
				pos: this.#buffer('pos', q * (model.groups + 2) * 8),
				bias: told.bias,
				rows: told.rows,
				past: told.past,
				shown: 0,
				sizes
			},
			record: this.#buffer('record', this.recordBytes),
			plan: commit.bind(plan),
			staging
		};
	}

	#buffer(label: string, bytes: number, usage = 0): GPUBuffer {
		const buffer = this.device.createBuffer({
			label,
			size: Math.ceil(bytes / 16) * 16,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC | usage
		});
		this.#own.push(buffer);
		return buffer;
	}
}
