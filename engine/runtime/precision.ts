import { arSpec, layout, tidarSpec } from '../mask/index.ts';
import type { Forward } from '../decode/index.ts';

/** Median milliseconds of a pass, measured on this device. */
export interface Speed {
	/** One slot. */
	readonly ar: number;
	/** 72 slots: TiDAR with k = 8. */
	readonly tidar: number;
}

export interface PrecisionComparison {
	readonly device: string;
	readonly f32: Speed;
	readonly f16: Speed;
	/** By the TiDAR pass. */
	readonly faster: 'f32' | 'f16';
}

const CACHE = 'tidar-lab:measured';
const key = (device: string) => `https://measured.invalid/precision/${encodeURIComponent(device)}`;

/** What was measured to be faster on a device, if that was ever measured in this browser. */
export async function fasterPrecision(device: string): Promise<'f32' | 'f16' | undefined> {
	try {
		const response = await (await caches.open(CACHE)).match(key(device));
		const faster: unknown = response && ((await response.json()) as { faster?: unknown }).faster;
		return faster === 'f16' || faster === 'f32' ? faster : undefined;
	} catch {
		return undefined;
	}
}

/** Remembers a comparison for later loads, where the browser lets it. */
export async function rememberPrecision(comparison: PrecisionComparison): Promise<void> {
	try {
		const cache = await caches.open(CACHE);
		await cache.put(key(comparison.device), new Response(JSON.stringify(comparison)));
	} catch {
		// Private browsing: it will be measured again.
	}
}

/** Median times of warm passes over an empty cache, which is left empty. */
export async function measureSpeed(forward: Forward, passes = 15): Promise<Speed> {
	forward.truncate(0);
	const median = async (spec = arSpec) => {
		const plan = layout(spec);
		const input = { layout: plan, tokens: plan.slots.map(() => forward.model.mask) };
		const times: number[] = [];
		// The first two passes build pipelines and buffers.
		for (let i = 0; i < passes + 2; i++) {
			const { times: measured } = await forward.run(input);
			if (i >= 2) times.push(measured.total);
		}
		return times.sort((a, b) => a - b)[passes >> 1]!;
	};
	return { ar: await median(), tidar: await median(tidarSpec(8)) };
}
