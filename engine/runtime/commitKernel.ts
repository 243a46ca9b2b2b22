import type { Shape } from './backend.ts';

const THREADS = 64;

/**
 * Moves keys and values of kept slots into the cache: fresh [q, g, c] → cache [g, P, c] at the positions
 * from `at` on. A copy command for every row and head would be 180 for each slot; this is one dispatch a
 * layer. It moves 16 bytes at a time, whatever they are, so float32 and float16 are the same to it.
 */
const shader = (heads: number, units: number) => /* wgsl */ `
struct Plan { at: u32, count: u32, columns: u32, unused: u32, slots: array<u32> }

@group(0) @binding(0) var<storage, read> plan: Plan;
@group(1) @binding(0) var<storage, read> fresh_keys: array<vec4u>;
@group(1) @binding(1) var<storage, read> fresh_values: array<vec4u>;
@group(1) @binding(2) var<storage, read_write> keys: array<vec4u>;
@group(1) @binding(3) var<storage, read_write> values: array<vec4u>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
	let place = id.x / ${heads * units}u;
	let head = id.x / ${units}u % ${heads}u;
	let unit = id.x % ${units}u;
	if (place >= plan.count) { return; }
	let from_unit = (plan.slots[place] * ${heads}u + head) * ${units}u + unit;
	let to_unit = (head * plan.columns + plan.at + place) * ${units}u + unit;
	keys[to_unit] = fresh_keys[from_unit];
	values[to_unit] = fresh_values[from_unit];
}
`;

/** The kernel on one device, for caches of one shape and bytes an element. */
export class CommitKernel {
	readonly #pipeline: GPUComputePipeline;
	readonly #threadsPerSlot: number;
	#plan: GPUBuffer | undefined;

	constructor(
		private readonly device: GPUDevice,
		{ kvHeads, headSize }: Shape,
		itemBytes: number
	) {
		const units = (headSize * itemBytes) / 16;
		this.#threadsPerSlot = kvHeads * units;
		this.#pipeline = device.createComputePipeline({
			label: 'commit',
			layout: 'auto',
			compute: {
				module: device.createShaderModule({ label: 'commit', code: shader(kvHeads, units) })
			}
		});
	}

	/**
	 * Writes the rows of `slots` of every layer into caches of `columns` columns. `fresh` and `cache` hold
	 * keys and values by turns, layer by layer.
	 */
	encode(
		encoder: GPUCommandEncoder,
		slots: readonly number[],
		at: number,
		columns: number,
		fresh: readonly GPUBuffer[],
		cache: readonly GPUBuffer[]
	): void {
		const plan = Uint32Array.of(at, slots.length, columns, 0, ...slots);
		if (!this.#plan || this.#plan.size < plan.byteLength) {
			this.#plan?.destroy();
			this.#plan = this.device.createBuffer({
				label: 'commit plan',
				size: plan.byteLength * 2,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
			});
		}
		this.device.queue.writeBuffer(this.#plan, 0, plan);
		const group = (index: number, buffers: readonly GPUBuffer[]) =>
			this.device.createBindGroup({
				layout: this.#pipeline.getBindGroupLayout(index),
				entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
			});
		const pass = encoder.beginComputePass({ label: 'commit' });
		pass.setPipeline(this.#pipeline);
		pass.setBindGroup(0, group(0, [this.#plan]));
		for (let i = 0; i < cache.length; i += 2) {
			pass.setBindGroup(1, group(1, [fresh[i]!, fresh[i + 1]!, cache[i]!, cache[i + 1]!]));
			pass.dispatchWorkgroups(Math.ceil((slots.length * this.#threadsPerSlot) / THREADS));
		}
		pass.end();
	}

	dispose(): void {
		this.#plan?.destroy();
	}
}
