import { openDevice, type Gpu } from '../../../engine/runtime/device.ts';
import { attentionShader, joinShader, type Cut } from '../../../engine/runtime/fused/attention.ts';
import {
	matmulShader,
	PAIRS,
	PASS_BYTES,
	slicesOf,
	squaresOf,
	tileFor,
	tileRows,
	type Product,
	type Tile
} from '../../../engine/runtime/fused/matmul.ts';
import {
	headProduct,
	layerProducts,
	type FusedShape
} from '../../../engine/runtime/fused/recipe.ts';
import type { TileTime } from '../plan.ts';
import { spread } from './spread.ts';

/** Weights that launches walk through: more than the caches of the largest GPUs, as in a real pass. */
const WEIGHTS = 96e6;
const LAUNCHES = 60;
const RUNS = 7;

/** Layouts to be compared: rows a thread, threads along the rows, slices at most. */
const FEW = [
	[1, 1, 8],
	[1, 1, 16],
	[1, 1, 32]
] as const;
const MANY = [
	[6, 4, 8],
	[6, 2, 16],
	[3, 4, 8],
	[3, 2, 16],
	[9, 2, 16],
	[9, 4, 8],
	[12, 2, 16],
	[4, 2, 16],
	[3, 8, 4],
	[6, 4, 4],
	[6, 2, 8]
] as const;
const CUTS = {
	1: [
		[1, 8],
		[1, 16],
		[1, 32]
	],
	72: [
		[4, 1],
		[4, 3],
		[4, 7],
		[4, 14],
		[2, 4],
		[8, 14]
	]
} as const;

/** An ending's buffers behind a, values, scales; in numbers of 4 bytes. */
function buffersOf({ k, n, ending, normalised }: Product, rows: number): number[] {
	const own = {
		qkv: () => {
			const { queries, keys, half } = ending as Extract<Product['ending'], { kind: 'qkv' }>;
			return [1024 * half * 2, rows * 8 * 2, rows * queries, rows * keys, rows * keys];
		},
		gate: () => [(rows * n) / 2],
		residual: () => [n, rows * n, rows * n, rows * squaresOf(n)],
		logits: () => [rows, rows * n]
	}[ending.kind]();
	return [...(normalised ? [rows * squaresOf(k)] : []), ...own];
}

/**
 * GPU time of one launch of each product and of the attention, laid out in several ways, in a row of launches that
 * wait for each other over weights that are in no cache. So the best layout of a device is seen in one run.
 * `told` hears of each at once.
 */
export async function measureTiles(
	model: FusedShape,
	late: () => boolean,
	told: (time: TileTime) => Promise<void>
): Promise<void> {
	const gpu = await openDevice();
	try {
		if (!gpu.device.features.has('timestamp-query')) throw new Error('no timestamps here');
		const products = [...layerProducts(model), headProduct(model)];
		for (const rows of [1, 72]) {
			for (const what of products) {
				const used = tileFor(rows, what);
				const shared = arena(gpu, what, rows);
				let first: Float32Array | undefined;
				const layouts = (rows === 1 ? FEW : MANY).map(
					([rowsPerThread, threadsAlongRows, most]): Tile => ({
						rowsPerThread,
						threadsAlongRows,
						slices: slicesOf(what.k, most)
					})
				);
				const named = new Map(layouts.map((tile) => [Object.values(tile).join(' '), tile]));
				const inUse = Object.values(used).join(' ');
				// The one in use comes first, and once more without loops.
				const all = [
					[inUse, used, true],
					[`${inUse}, no loops`, used, false],
					...[...named].filter(([name]) => name !== inUse).map(([name, tile]) => [name, tile, true])
				] as [string, Tile, boolean][];
				for (const [layout, tile, loops] of all) {
					if (late()) return;
					const { out, ...times } = await shared.time(tile, loops);
					first ??= out;
					if (out.every((value) => value === 0)) throw new Error(`${inUse}: nothing was computed`);
					const wrong = out.findIndex((value, i) => !(Math.abs(value - first![i]!) < 1e-2));
					await told({
						kernel: `${what.ending.kind} ${what.k} → ${what.n}`,
						rows,
						layout,
						used: layout === inUse,
						workgroups: (what.n / 2 / PAIRS) * Math.ceil(rows / tileRows(tile)),
						...times,
						...(wrong >= 0 && { wrong: `value ${wrong}: ${out[wrong]} for ${first[wrong]}` })
					});
				}
				shared.destroy();
			}
			for (const columns of [256, 1024]) {
				for (const [slots, splits] of CUTS[rows as 1 | 72]) {
					if (late()) return;
					await told(await timeAttention(gpu, model, rows, columns, { slots, splits }));
				}
			}
		}
	} finally {
		gpu.device.destroy();
	}
}

const storage = (device: GPUDevice, bytes: number) =>
	device.createBuffer({
		size: Math.ceil(bytes / 16) * 16,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
	});

/** Small numbers, the same in every run. */
function fill(device: GPUDevice, buffer: GPUBuffer, what: 'bits' | 'floats' | 'positive'): void {
	const chunk = 1 << 20;
	let state = 12345;
	const words = new Uint32Array(chunk / 4);
	const values = new Float32Array(words.buffer);
	for (let i = 0; i < words.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		if (what === 'bits') words[i] = state;
		else values[i] = (state / 2 ** 32 - (what === 'floats' ? 0.5 : 0)) / 50;
	}
	for (let at = 0; at < buffer.size; at += chunk) {
		device.queue.writeBuffer(buffer, at, words, 0, Math.min(chunk, buffer.size - at) / 4);
	}
}

function uniforms(device: GPUDevice, ...words: number[]): GPUBuffer {
	const buffer = device.createBuffer({
		size: PASS_BYTES,
		usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
	});
	device.queue.writeBuffer(buffer, 0, Uint32Array.from(words));
	return buffer;
}

/** Buffers of one product, for all of its layouts. */
function arena({ device }: Gpu, what: Product, rows: number) {
	const bytes = (what.k * what.n * what.bits) / 8;
	const scaleBytes = (what.k * what.n) / 8;
	const copies = Math.max(1, Math.min(LAUNCHES, Math.floor(WEIGHTS / (bytes + scaleBytes))));
	const step = (size: number) => Math.ceil(size / 256) * 256;
	const values = storage(device, step(bytes) * copies);
	const scales = storage(device, step(scaleBytes) * copies);
	const a = storage(device, rows * what.k * 4);
	const others = buffersOf(what, rows).map((length) => storage(device, length * 4));
	fill(device, values, 'bits');
	fill(device, scales, 'floats');
	fill(device, a, 'floats');
	// Sums of squares; and the angles of the only position there is, or the gains. Positions and rows stay 0.
	if (what.normalised) fill(device, others[0]!, 'positive');
	if (what.ending.kind === 'qkv') fill(device, others[1]!, 'floats');
	if (what.ending.kind === 'residual') fill(device, others[0]!, 'floats');
	const sizes = uniforms(device, rows, rows, 1024, 0);
	const watch = new Watch(device);
	const result = others.at(
		what.ending.kind === 'qkv' ? -3 : what.ending.kind === 'residual' ? -2 : -1
	)!;
	return {
		async time(tile: Tile, loops = true) {
			const before = performance.now();
			const pipeline = await compiled(device, matmulShader(what, tile, loops));
			const compile = performance.now() - before;
			const groups = Array.from({ length: copies }, (_, i) =>
				device.createBindGroup({
					layout: pipeline.getBindGroupLayout(0),
					entries: [
						{ buffer: sizes },
						{ buffer: a },
						{ buffer: values, offset: i * step(bytes), size: bytes },
						{ buffer: scales, offset: i * step(scaleBytes), size: scaleBytes },
						...others.map((buffer) => ({ buffer }))
					].map((resource, binding) => ({ binding, resource }))
				})
			);
			if (what.ending.kind === 'residual') fill(device, others[1]!, 'floats');
			const size = [what.n / 2 / PAIRS, Math.ceil(rows / tileRows(tile))] as const;
			const times = await watch.launches(pipeline, groups, size);
			return { ...times, compile, out: await watch.read(result, Math.min(result.size, 4096)) };
		},
		destroy() {
			for (const buffer of [values, scales, a, sizes, ...others]) buffer.destroy();
			watch.destroy();
		}
	};
}

async function timeAttention(
	{ device }: Gpu,
	{ groups, kvHeads, headSize }: FusedShape,
	rows: number,
	columns: number,
	cut: Cut
): Promise<TileTime> {
	const heads = { groups, kvHeads, headSize };
	const queries = rows * groups * kvHeads * headSize;
	const keys = rows * kvHeads * headSize;
	const cache = kvHeads * columns * headSize;
	const watch = new Watch(device);
	const sizes = uniforms(device, rows, rows, columns, columns - rows);
	const out = storage(device, queries * 4);
	const read = [queries, keys, keys, cache, cache, rows * (columns + rows)].map((length) => {
		const buffer = storage(device, length * 4);
		fill(device, buffer, 'floats');
		return buffer;
	});
	const parts = [cut.splits * queries, (cut.splits * queries * 2) / headSize].map((length) =>
		storage(device, length * 4)
	);
	const before = performance.now();
	const attention = await compiled(device, attentionShader(heads, cut));
	const join = await compiled(device, joinShader(heads));
	const compile = performance.now() - before;
	const bind = (pipeline: GPUComputePipeline, buffers: readonly GPUBuffer[]) =>
		device.createBindGroup({
			layout: pipeline.getBindGroupLayout(0),
			entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
		});
	const split = cut.splits > 1;
	const one = bind(attention, [sizes, ...read, ...(split ? parts : [out])]);
	const times = await watch.launches(
		attention,
		[one],
		[kvHeads, Math.ceil(rows / cut.slots), cut.splits],
		split
			? {
					pipeline: join,
					group: bind(join, [sizes, ...parts, out]),
					size: [rows * groups * kvHeads]
				}
			: undefined
	);
	for (const buffer of [sizes, out, ...read, ...parts]) buffer.destroy();
	watch.destroy();
	return {
		kernel: `attention${split ? ' and join' : ''}, ${columns} columns`,
		rows,
		layout: `${cut.slots} slots, ${cut.splits} parts`,
		used: false,
		workgroups: kvHeads * Math.ceil(rows / cut.slots) * cut.splits,
		...times,
		compile
	};
}

const compiled = (device: GPUDevice, code: string) =>
	device.createComputePipelineAsync({
		layout: 'auto',
		compute: { module: device.createShaderModule({ code }) }
	});

/** Times rows of launches by the device's clock. */
class Watch {
	readonly #stamps: GPUQuerySet;
	readonly #resolved: GPUBuffer;

	constructor(private readonly device: GPUDevice) {
		this.#stamps = device.createQuerySet({ type: 'timestamp', count: 2 });
		this.#resolved = device.createBuffer({
			size: 16,
			usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
		});
	}

	/** Microseconds of a launch, and of the one behind it where there is one: by the device's clock, and till all is done. */
	async launches(
		pipeline: GPUComputePipeline,
		groups: readonly GPUBindGroup[],
		size: readonly [number, number?, number?],
		then?: { pipeline: GPUComputePipeline; group: GPUBindGroup; size: readonly [number] }
	) {
		const times: number[] = [];
		const wall: number[] = [];
		// Commands that are refused take no time, and say so only here.
		this.device.pushErrorScope('validation');
		for (let run = 0; run <= RUNS; run++) {
			const encoder = this.device.createCommandEncoder();
			const pass = encoder.beginComputePass({
				timestampWrites: {
					querySet: this.#stamps,
					beginningOfPassWriteIndex: 0,
					endOfPassWriteIndex: 1
				}
			});
			for (let i = 0; i < LAUNCHES; i++) {
				pass.setPipeline(pipeline);
				pass.setBindGroup(0, groups[i % groups.length]!);
				pass.dispatchWorkgroups(...size);
				if (!then) continue;
				pass.setPipeline(then.pipeline);
				pass.setBindGroup(0, then.group);
				pass.dispatchWorkgroups(...then.size);
			}
			pass.end();
			encoder.resolveQuerySet(this.#stamps, 0, 2, this.#resolved, 0);
			const before = performance.now();
			this.device.queue.submit([encoder.finish()]);
			const [begin, end] = new BigUint64Array((await this.read(this.#resolved, 16)).buffer);
			// The first run is not counted.
			if (run === 0) continue;
			wall.push((1e3 * (performance.now() - before)) / LAUNCHES);
			times.push(Number(end! - begin!) / 1e3 / LAUNCHES);
		}
		const error = await this.device.popErrorScope();
		if (error) throw new Error(`The device refuses these launches: ${error.message}`);
		return { us: spread(times), wallUs: spread(wall).median };
	}

	async read(buffer: GPUBuffer, bytes: number): Promise<Float32Array> {
		const staging = this.device.createBuffer({
			size: bytes,
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
		});
		const encoder = this.device.createCommandEncoder();
		encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
		this.device.queue.submit([encoder.finish()]);
		await staging.mapAsync(GPUMapMode.READ);
		const copy = staging.getMappedRange().slice(0);
		staging.destroy();
		return new Float32Array(copy);
	}

	destroy(): void {
		this.#stamps.destroy();
		this.#resolved.destroy();
	}
}
