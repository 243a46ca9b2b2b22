import { stepKernels, type Kernel, type Setup } from '../cost/index.ts';
import { kindCode, operatorCode, type Lane } from './lanes.ts';
import { NO_LAYER, type About, type Labels, type SliceWriter } from './slices.ts';

/** The lanes of a simulated run, in order. */
export const simulatedLanes: readonly Lane[] = (
	['pass', 'layer', 'kernel', 'memory', 'compute', 'launch', 'link', 'readback'] as const
).map((kind) => ({ kind, name: '' }));

export const lane = {
	pass: 0,
	layer: 1,
	kernel: 2,
	memory: 3,
	compute: 4,
	launch: 5,
	link: 6,
	readback: 7
} as const;

/** Weight tiles that a kernel's stream is drawn in, at most. */
export const TILES = 8;

/** Where slices go and what they have in common. */
export interface Sheet {
	readonly writer: SliceWriter;
	readonly labels: Labels;
	readonly tiles: number;
	readonly pass: number;
}

/**
 * Lays one forward pass out from `at` (ms) on; returns its end, which is `at` plus the cost model's step
 * time. Equal layers are laid out once and copied, unless the host launches kernels one by one (then the
 * gaps between them differ).
 */
export function layStep(sheet: Sheet, s: Setup, at: number): number {
	const { kinds, layers } = s.model;
	if (s.launch === 'single') return layKernels(sheet, stepKernels(s), at);
	const kernels = stepKernels({
		...s,
		model: { ...s.model, layers: kinds.map((_, kind) => kind) }
	});
	const { writer } = sheet;
	const known: ({ from: number; to: number; at: number; ms: number } | undefined)[] = [];
	let now = at;
	for (let layer = 0; layer < layers.length;) {
		const kind = layers[layer]!;
		const same = known[kind];
		if (same) {
			const next = layers.findIndex((other, i) => i > layer && other !== kind);
			const times = (next < 0 ? layers.length : next) - layer;
			writer.repeat(same.from, same.to, times, now - same.at, same.ms, layer);
			now += times * same.ms;
			layer += times;
			continue;
		}
		const from = writer.length;
		const own = kernels.filter((k) => k.layer === kind);
		const end = layKernels(sheet, own, now - own[0]!.startMs, layer);
		known[kind] = { from, to: writer.length, at: now, ms: end - now };
		now = end;
		layer++;
	}
	const tail = kernels.filter((k) => k.layer === null);
	return layKernels(sheet, tail, now - tail[0]!.startMs);
}

/**
 * Lays kernels out in order, with a slice round each layer; time 0 of the kernels is `at`. Returns the end of
 * the last one in ms.
 * @param as the number of the layer, where all kernels are of one and it is not their own
 */
export function layKernels(
	sheet: Sheet,
	kernels: readonly Kernel[],
	at: number,
	as?: number
): number {
	let end = at;
	let opened = at;
	kernels.forEach((kernel, i) => {
		const layer = kernel.layer === null ? NO_LAYER : (as ?? kernel.layer);
		if (i === 0 || kernels[i - 1]!.layer !== kernel.layer) opened = at + kernel.startMs;
		layKernel(sheet, kernel, at + kernel.startMs, layer);
		end = at + kernel.startMs + kernel.ms;
		if (layer !== NO_LAYER && kernels[i + 1]?.layer !== kernel.layer) {
			const about = { operator: 0, layer, pass: sheet.pass, label: 0 };
			sheet.writer.add(lane.layer, kindCode.layer, opened, end - opened, about);
		}
	});
	return end;
}

/**
 * One kernel on its lanes. Memory and compute work through T tiles with two buffers: while tile i is computed,
 * tile i + 1 is on its way. Both streams take the kernel's busy time W, in T slots of W / T:
 *
 *     launch   |======|
 *     memory      |mmmm|mmmm|mmmm|mmmm|        slot i starts with its load ...
 *     compute         |   c|   c|   c|   c|    ... and ends with its computation
 *
 * Loads lead by one tile of the shorter stream, as far as the start-up has room for it, so that computing a tile
 * begins when it has landed. Durations are the cost model's memory and compute times, exactly.
 */
export function layKernel(sheet: Sheet, k: Kernel, start: number, layer: number): void {
	const { writer, labels, tiles, pass } = sheet;
	const about = {
		operator: operatorCode[k.operator],
		layer,
		pass,
		label: labels.of(k.name)
	};
	const bytes = k.bytes.weights + k.bytes.kv + k.bytes.activations;
	writer.add(lane.kernel, kindCode.kernel, start, k.ms, about, bytes, k.flops);
	if (k.communicationMs > 0) {
		writer.add(lane.link, kindCode.link, start, k.communicationMs, about, bytes);
		return;
	}
	if (k.launchMs > 0) writer.add(lane.launch, kindCode.launch, start, k.launchMs, about);
	const busy = k.ms - k.launchMs;
	const count = Math.max(1, Math.min(tiles, Math.round(busy / (k.launchMs || busy || 1))));
	const lead = Math.min(k.launchMs, Math.min(k.memoryMs, k.computeMs) / count);
	layLoads(sheet, k, start + k.launchMs - lead, busy / count, count, about);
	if (k.computeMs <= 0) return;
	const each = k.computeMs / count;
	for (let tile = 1; tile <= count; tile++) {
		const until = start + k.launchMs + (tile * busy) / count;
		const flops = k.flops / count;
		writer.add(lane.compute, kindCode.compute, until - each, each, about, 0, flops, k.occupancy);
	}
}

/** A kernel's stream of bytes, what is not weights first, cut at the edges of its tiles. */
function layLoads(
	{ writer }: Sheet,
	{ bytes, memoryMs }: Kernel,
	open: number,
	slot: number,
	count: number,
	about: About
): void {
	const total = bytes.weights + bytes.kv + bytes.activations;
	const load = memoryMs / count;
	let [tile, done] = [0, 0];
	for (const kind of ['activations', 'kv', 'weights'] as const) {
		let left = total > 0 ? (bytes[kind] / total) * memoryMs : 0;
		while (left > memoryMs * 1e-9) {
			const part = tile === count - 1 ? left : Math.min(left, load - done);
			const start = open + tile * slot + done;
			writer.add(lane.memory, kindCode[kind], start, part, about, (part / memoryMs) * total);
			left -= part;
			done += part;
			if (done >= load * (1 - 1e-9) && tile < count - 1) [tile, done] = [tile + 1, 0];
		}
	}
}
