import type { Shape } from '../backend.ts';
import type { CommitKernel, CommitPlan } from '../commitKernel.ts';
import type { GraphInputs, GraphOutputs, PassShape } from '../executor.ts';
import { PASS_BYTES } from '../fused/matmul.ts';
import type { Matrix } from '../fused/weights.ts';
import { TOP_WORDS } from '../topKernel.ts';
import { embedGroups, embedShader, type Commit, type Course, type Followed } from './course.ts';

/** Passes in vain beyond those that were asked for, after which no more are run. */
const PATIENCE = 8;

/** What the device needs to run a pass whose inputs it writes itself. */
export interface Lane {
	readonly inputs: GraphInputs;
	/** Record of the pass: see Course. */
	readonly record: GPUBuffer;
	readonly plan: CommitPlan;
	/** Where results are read back from: another one than that of the pass before, which may be mapped. */
	readonly staging: GPUBuffer;
}

interface Ingredients {
	/** Of the largest pass of the course. */
	readonly shape: PassShape;
	readonly model: Shape;
	/** Id of the mask token. */
	readonly mask: number;
	readonly embedding: Matrix;
	/** The inputs of passes of this shape that are told theirs: the cache is the same, and mask and rows where passes do not differ. */
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
 * Lanes of buffers take turns: a pass that was asked for keeps its outputs while the next one runs, and where that
 * may have been another one than was asked for, until this is known.
 */
export class Lookahead {
	/** Passes of this course that were asked for, and those that were others. */
	#right = 0;
	#wrong = 0;
	/** Record of a pass that was told its inputs. */
	readonly #origin: GPUBuffer;
	readonly #lanes: readonly Lane[];
	#turn = 0;
	readonly #advance: GPUComputePipeline;
	readonly #embed: GPUComputePipeline;
	readonly #own: GPUBuffer[] = [];
	readonly #mask: GPUBuffer | undefined;

	constructor(
		private readonly device: GPUDevice,
		readonly course: Course,
		private readonly the: Ingredients
	) {
		const { width, groups } = the.model;
		const { q, r, columns } = the.shape;
		const pipeline = (label: string, code: string) =>
			device.createComputePipeline({
				label,
				layout: 'auto',
				compute: { module: device.createShaderModule({ label, code }) }
			});
		this.#advance = pipeline('advance', course.advance(TOP_WORDS, groups + 2));
		this.#embed = pipeline('embed', embedShader(course, width, the.mask));
		this.#origin = this.#buffer('record', this.recordBytes);
		if (course.varies) this.#mask = this.#buffer('bias', q * (columns + q) * 4);
		const rows = course.varies ? this.#buffer('rows', r * 4) : the.told.rows;
		if (course.varies)
			device.queue.writeBuffer(
				rows,
				0,
				Int32Array.from({ length: r }, (_, i) => i)
			);
		this.#lanes = Array.from({ length: course.varies ? 3 : 2 }, () => this.#lane(rows));
	}

	/** Whether the device wrote once what the page would have written. */
	get trusted(): boolean {
		return this.#right > 0;
	}

	/** Whether its passes are so often others than those that are asked for that they are not worth their time. */
	get hopeless(): boolean {
		return this.#wrong > this.#right + PATIENCE;
	}

	/** Bytes of a record. */
	get recordBytes(): number {
		return this.course.words * 4;
	}

	/** Whether what a lane's pass computed was what it was asked for. */
	holds(record: ArrayBuffer, pass: Followed, commit: Commit): boolean {
		const right = this.course.holds(new Uint32Array(record), pass, commit);
		if (right) this.#right++;
		else this.#wrong++;
		return right;
	}

	/** Starts from a pass that was told its inputs. */
	begin(pass: Followed): GPUBuffer {
		const record = this.course.record(pass) as Uint32Array<ArrayBuffer>;
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
		this.#turn = (this.#turn + 1) % this.#lanes.length;
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
		const mask = this.#mask ? [this.#mask] : [];
		bind(this.#advance, [before, top, record, inputs.sizes!, plan.buffer, inputs.pos, ...mask]);
		pass.dispatchWorkgroups(1);
		bind(this.#embed, [record, embedding.values, embedding.scales, inputs.x]);
		pass.dispatchWorkgroups(embedGroups(this.course, model.width));
		// What a chain kept is in the cache already, where the pass before wrote all of it.
		if (!(!this.course.varies && (outputs.written ?? 0) >= this.course.most))
			commit.encodePlanned(pass, plan, this.course.most, outputs.fresh, inputs.past);
		return lane;
	}

	/** The buffers that `destroy` destroys. */
	get own(): readonly GPUBuffer[] {
		return this.#own;
	}

	destroy(): void {
		for (const buffer of this.#own) buffer.destroy();
	}

	#lane(rows: GPUBuffer): Lane {
		const { shape, model, told, commit, readback } = this.the;
		const { q, r, columns } = shape;
		const sizes = this.#buffer('sizes of a pass', PASS_BYTES, GPUBufferUsage.UNIFORM);
		const chain = this.course.varies ? 0 : this.course.most;
		this.device.queue.writeBuffer(sizes, 0, Uint32Array.of(q, r, columns, 0, chain));
		const plan = this.#buffer('commit plan', (4 + this.course.most) * 4);
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
				bias: this.#mask ?? told.bias,
				rows,
				past: told.past,
				shown: 0,
				chain,
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
