import { TOP } from '../decode/index.ts';
import type { Top } from './top.ts';

/** Threads that share one row. */
const THREADS = 256;
/** 32-bit words a row: ids, logits, the largest logit, Σ exp(logit - largest). */
export const TOP_WORDS = 2 * TOP + 2;

/** Bytes that the kernel writes for each row. */
export const TOP_BYTES = TOP_WORDS * 4;

/**
 * Top 5 and log-sum-exp of rows of logits, one workgroup a row. Each thread keeps the best of its share
 * in order, then pairs of threads merge their sorted lists, half of them in each round. `better` is a
 * total order (logit, then lower id), so the result does not depend on who merges with whom.
 */
const shader = /* wgsl */ `
const TOP = ${TOP}u;
const THREADS = ${THREADS}u;
const LOWEST = -3.4028234e38;
const NONE = 0xffffffffu;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@group(0) @binding(2) var<uniform> vocabulary: u32;

var<workgroup> ids: array<u32, THREADS * TOP>;
var<workgroup> values: array<f32, THREADS * TOP>;
var<workgroup> largest: array<f32, THREADS>;
var<workgroup> sums: array<f32, THREADS>;

fn better(a: f32, a_id: u32, b: f32, b_id: u32) -> bool {
	return a > b || (a == b && a_id < b_id);
}

/** Four logits of a thread at a time, so that it waits for memory once for all of them; past the end any value. */
fn fourAt(row: u32, id: u32) -> vec4f {
	let last = row + vocabulary - 1u;
	let at = min(vec4u(row + id) + vec4u(0u, 1u, 2u, 3u) * THREADS, vec4u(last));
	return vec4f(logits[at.x], logits[at.y], logits[at.z], logits[at.w]);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
	let row = group.x * vocabulary;
	let own = thread * TOP;
	for (var i = 0u; i < TOP; i++) { ids[own + i] = NONE; values[own + i] = LOWEST; }
	var worst = LOWEST;
	for (var first = thread; first < vocabulary; first += 4u * THREADS) {
		let four = fourAt(row, first);
		for (var i = 0u; i < 4u; i++) {
			let id = first + i * THREADS;
			let value = four[i];
			// Of equal ones the first stays, and ids come in ascending order.
			if (id >= vocabulary || (!(value > worst) && ids[own + TOP - 1u] != NONE)) { continue; }
			var place = TOP - 1u;
			while (place > 0u && better(value, id, values[own + place - 1u], ids[own + place - 1u])) {
				values[own + place] = values[own + place - 1u];
				ids[own + place] = ids[own + place - 1u];
				place--;
			}
			values[own + place] = value;
			ids[own + place] = id;
			worst = values[own + TOP - 1u];
		}
	}
	let most = values[own];
	var sum = 0.0;
	for (var first = thread; first < vocabulary; first += 4u * THREADS) {
		let four = exp(fourAt(row, first) - most);
		for (var i = 0u; i < 4u; i++) { sum += select(0.0, four[i], first + i * THREADS < vocabulary); }
	}
	largest[thread] = most;
	sums[thread] = sum;

	for (var half = THREADS / 2u; half > 0u; half /= 2u) {
		workgroupBarrier();
		if (thread < half) {
			let other = own + half * TOP;
			var merged_ids: array<u32, TOP>;
			var merged: array<f32, TOP>;
			var a = 0u;
			var b = 0u;
			for (var i = 0u; i < TOP; i++) {
				if (better(values[own + a], ids[own + a], values[other + b], ids[other + b])) {
					merged[i] = values[own + a]; merged_ids[i] = ids[own + a]; a++;
				} else {
					merged[i] = values[other + b]; merged_ids[i] = ids[other + b]; b++;
				}
			}
			for (var i = 0u; i < TOP; i++) { values[own + i] = merged[i]; ids[own + i] = merged_ids[i]; }
			let peak = max(largest[thread], largest[thread + half]);
			sums[thread] = sums[thread] * exp(largest[thread] - peak)
				+ sums[thread + half] * exp(largest[thread + half] - peak);
			largest[thread] = peak;
		}
	}
	if (thread == 0u) {
		let out = group.x * ${TOP_WORDS}u;
		for (var i = 0u; i < TOP; i++) {
			result[out + i] = ids[i];
			result[out + TOP + i] = bitcast<u32>(values[i]);
		}
		result[out + 2u * TOP] = bitcast<u32>(largest[0]);
		result[out + 2u * TOP + 1u] = bitcast<u32>(sums[0]);
	}
}
`;

/** The kernel on one device, for rows of one vocabulary size. */
export class TopKernel {
	readonly #pipeline: GPUComputePipeline;
	readonly #vocabulary: GPUBuffer;
	readonly #bound = new WeakMap<GPUBuffer, { result: GPUBuffer; group: GPUBindGroup }>();

	constructor(
		private readonly device: GPUDevice,
		vocabulary: number
	) {
		this.#pipeline = device.createComputePipeline({
			label: 'top 5',
			layout: 'auto',
			compute: { module: device.createShaderModule({ label: 'top 5', code: shader }) }
		});
		this.#vocabulary = device.createBuffer({
			size: 16,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
		});
		device.queue.writeBuffer(this.#vocabulary, 0, new Uint32Array([vocabulary]));
	}

	/** Writes TOP_BYTES for each of `rows` rows of `logits` to the start of `result`. */
	encode(pass: GPUComputePassEncoder, logits: GPUBuffer, result: GPUBuffer, rows: number): void {
		let bound = this.#bound.get(logits);
		if (bound?.result !== result) {
			const group = this.device.createBindGroup({
				layout: this.#pipeline.getBindGroupLayout(0),
				entries: [
					{ binding: 0, resource: { buffer: logits } },
					{ binding: 1, resource: { buffer: result } },
					{ binding: 2, resource: { buffer: this.#vocabulary } }
				]
			});
			this.#bound.set(logits, (bound = { result, group }));
		}
		pass.setPipeline(this.#pipeline);
		pass.setBindGroup(0, bound.group);
		pass.dispatchWorkgroups(rows);
	}

	dispose(): void {
		this.#vocabulary.destroy();
	}
}

/** What the kernel wrote, read. */
export function readTop(result: ArrayBuffer, rows: number): Top[] {
	const ids = new Uint32Array(result);
	const floats = new Float32Array(result);
	return Array.from({ length: rows }, (_, row) => {
		const at = row * TOP_WORDS;
		return {
			tokens: [...ids.subarray(at, at + TOP)],
			logits: [...floats.subarray(at + TOP, at + 2 * TOP)],
			logSumExp: floats[at + 2 * TOP]! + Math.log(floats[at + 2 * TOP + 1]!)
		};
	});
}
