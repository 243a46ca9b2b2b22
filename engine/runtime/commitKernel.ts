import type { Shape } from './backend.ts';

const THREADS = 64;

/**
 * Moves keys and values of kept slots into the cache: fresh [q, g, c] → cache [g, P, c] at the positions
 * from `at` on. A copy command for every row and head would be 180 for each slot; this is one dispatch for
 * as many layers as a kernel may have buffers. It moves 16 bytes at a time, whatever they are, so float32
 * and float16 are the same to it.
 */
const shader = (heads: number, units: number, tensors: number) => /* wgsl */ `
struct Plan { at: u32, count: u32, columns: u32, unused: u32, slots: array<u32> }

@group(0) @binding(0) var<storage, read> plan: Plan;
${each(
	tensors,
	(i) => `
@group(1) @binding(${2 * i}) var<storage, read> fresh_${i}: array<vec4u>;
@group(1) @binding(${2 * i + 1}) var<storage, read_write> cache_${i}: array<vec4u>;`
)}

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
	let place = id.x / ${heads * units}u;
	let head = id.x / ${units}u % ${heads}u;
	let unit = id.x % ${units}u;
	if (place >= plan.count) { return; }
	let source = (plan.slots[place] * ${heads}u + head) * ${units}u + unit;
	let place_in_cache = (head * plan.columns + plan.at + place) * ${units}u + unit;
	${each(tensors, (i) => `cache_${i}[place_in_cache] = fresh_${i}[source];`)}
}
`;

const each = (count: number, text: (i: number) => string) =>
	Array.from({ length: count }, (_, i) => text(i)).join('\n');

/** Which slots go where, on the device: words at, count, columns, 0, slots. */
export interface CommitPlan {
	readonly buffer: GPUBuffer;
	readonly group: GPUBindGroup;
}

/** The kernel on one device, for caches of one shape and bytes an element. */
export class CommitKernel {
	readonly #pipeline: GPUComputePipeline;
	readonly #threadsPerSlot: number;
	/** Keys and values of so many layers, as tensors, in one dispatch. */
	readonly #tensors: number;
	#plan: CommitPlan | undefined;
	/** The bind groups of outputs that come again and again. */
	readonly #bound = new WeakMap<
		readonly GPUBuffer[],
		{ cache: readonly GPUBuffer[]; groups: readonly GPUBindGroup[] }
	>();

	constructor(
		private readonly device: GPUDevice,
		{ kvHeads, headSize, layers }: Shape,
		itemBytes: number
	) {
		const units = (headSize * itemBytes) / 16;
		this.#threadsPerSlot = kvHeads * units;
		const fit = Math.floor((device.limits.maxStorageBuffersPerShaderStage - 1) / 2);
		this.#tensors = largestDivisor(2 * layers, fit);
		this.#pipeline = device.createComputePipeline({
			label: 'commit',
			layout: 'auto',
			compute: {
				module: device.createShaderModule({
					label: 'commit',
					code: shader(kvHeads, units, this.#tensors)
				})
			}
		});
	}

	/**
	 * Writes the rows of `slots` of every layer into caches of `columns` columns; once a submission. `fresh`
	 * and `cache` hold keys and values by turns, layer by layer. The same arrays mean the same buffers.
	 */
	encode(
		pass: GPUComputePassEncoder,
		slots: readonly number[],
		at: number,
		columns: number,
		fresh: readonly GPUBuffer[],
		cache: readonly GPUBuffer[]
	): void {
		const plan = Uint32Array.of(at, slots.length, columns, 0, ...slots);
		if (!this.#plan || this.#plan.buffer.size < plan.byteLength) {
			this.#plan?.buffer.destroy();
			this.#plan = this.bind(
				this.device.createBuffer({
					label: 'commit plan',
					size: Math.max(256, plan.byteLength * 2),
					usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
				})
			);
		}
		this.device.queue.writeBuffer(this.#plan.buffer, 0, plan);
		this.encodePlanned(pass, this.#plan, slots.length, fresh, cache);
	}

	/** A plan that the device writes itself. */
	bind(buffer: GPUBuffer): CommitPlan {
		return { buffer, group: this.#group(0, [buffer]) };
	}

	/** As `encode`, by a plan of at most `most` slots. */
	encodePlanned(
		pass: GPUComputePassEncoder,
		plan: CommitPlan,
		most: number,
		fresh: readonly GPUBuffer[],
		cache: readonly GPUBuffer[]
	): void {
		pass.setPipeline(this.#pipeline);
		pass.setBindGroup(0, plan.group);
		for (const group of this.#groups(fresh, cache)) {
			pass.setBindGroup(1, group);
			pass.dispatchWorkgroups(Math.ceil((most * this.#threadsPerSlot) / THREADS));
		}
	}

	dispose(): void {
		this.#plan?.buffer.destroy();
	}

	#groups(fresh: readonly GPUBuffer[], cache: readonly GPUBuffer[]): readonly GPUBindGroup[] {
		const bound = this.#bound.get(fresh);
		if (bound?.cache === cache) return bound.groups;
		const groups: GPUBindGroup[] = [];
		for (let i = 0; i < cache.length; i += this.#tensors) {
			const members = fresh.slice(i, i + this.#tensors);
			groups.push(
				this.#group(
					1,
					members.flatMap((tensor, j) => [tensor, cache[i + j]!])
				)
			);
		}
		this.#bound.set(fresh, { cache, groups });
		return groups;
	}

	#group(index: number, buffers: readonly GPUBuffer[]): GPUBindGroup {
		return this.device.createBindGroup({
			layout: this.#pipeline.getBindGroupLayout(index),
			entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
		});
	}
}

/** The largest divisor of n that is at most `limit`. */
function largestDivisor(n: number, limit: number): number {
	let divisor = Math.min(n, limit);
	while (n % divisor !== 0) divisor--;
	return divisor;
}
