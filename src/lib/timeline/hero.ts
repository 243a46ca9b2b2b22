import { setup, stepMs, tidarSlots, zoneOf, type Zone } from '$engine/cost/index.ts';
import { findDevice } from '$engine/hardware/index.ts';
import { findModel } from '$engine/models/index.ts';
import { layRun, type NamedRun } from '$engine/timeline/index.ts';

/** The chance that a draft is right. */
export const RATE = 0.8;
const PASSES = 6;
/** Most drafts of a pass. */
const MOST = 16;

/** Where the slots slider stops: one slot, then k drafts and their blocks. */
export const heroSlots: readonly number[] = [
	1,
	...Array.from({ length: MOST }, (_, i) => tidarSlots(i + 1))
];

/** The stop nearest to a number of slots. */
export const nearestSlots = (slots: number): number =>
	heroSlots.reduce((best, stop) => (Math.abs(stop - slots) < Math.abs(best - slots) ? stop : best));

export interface Hero {
	readonly run: NamedRun;
	readonly slots: number;
	/** Drafts; 0 for one slot. */
	readonly k: number;
	/** Of a pass, and over the time of a one-slot pass. */
	readonly ms: number;
	readonly ratio: number;
	readonly zone: Zone;
	readonly tokensPerPass: number;
	readonly bytes: number;
	readonly model: string;
	readonly gpu: string;
}

const [device, model] = [findDevice('h100-sxm')!, findModel('qwen3-8b')!];

/** Qwen3 8B on an H100: a few passes with so many slots, and what is said of them. */
export function heroOf(slots: number): Hero {
	const k = heroSlots.indexOf(slots);
	const base = setup({ device, model });
	const timeline = layRun({
		decoder: k > 0 ? 'tidar' : 'ar',
		setup: base,
		drafts: Math.max(1, k),
		block: 1,
		denoise: 1,
		acceptance: { kind: 'geometric', rate: RATE, seed: 1 },
		steps: PASSES
	});
	const ms = stepMs({ ...base, slots });
	const ratio = ms / stepMs(base);
	const tokens = timeline.passes.reduce((sum, pass) => sum + pass.tokens, 0);
	const [from, to] = [timeline.passes[0]!.start, timeline.passes[0]!.end];
	const { slices, lanes } = timeline;
	let bytes = 0;
	for (let i = 0; i < slices.length; i++) {
		const inside = slices.start[i]! >= from && slices.start[i]! < to;
		if (inside && lanes[slices.lane[i]!]!.kind === 'memory') bytes += slices.bytes[i]!;
	}
	return {
		run: { name: model.name, timeline },
		slots,
		k,
		ms,
		ratio,
		zone: zoneOf(ratio),
		tokensPerPass: tokens / timeline.passes.length,
		bytes,
		model: model.name,
		gpu: device.name
	};
}
