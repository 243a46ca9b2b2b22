import type { Forward } from '../../decode/index.ts';
import { arSpec, chainSpec, layout, tidarSpec, type LayoutSpec } from '../../mask/index.ts';
import { spreadOf, type Spread } from './spread.ts';

/** What a forward pass of so many slots takes. Milliseconds, from the call to the predictions. */
export interface SlotTime extends Spread {
	readonly slots: number;
	/** Drafts of the TiDAR step; 0 is one token of plain decoding. */
	readonly k: number;
	/** Medians of its parts, where they are measured. */
	readonly gpu?: number;
	readonly encode?: number;
	readonly readback?: number;
}

/** TiDAR's steps from 1 to 272 slots, coarse first: who stops early has the outline. */
export const STEPS = [0, 8, 4, 16, 2, 12, 6, 14, 10, 1] as const;
type Times = Awaited<ReturnType<Forward['run']>>['times'];
/** Positions in the cache. */
export const CONTEXT = 128;
const WARM = 3;
const PASSES = 15;
/** Milliseconds spent on one number of slots, once it has three passes. */
const EACH = 2500;
/** A pass that takes this long is not warmed up more than once. */
const SLOW = 1000;

export interface SlotOptions {
	/** Milliseconds after which no further number of slots is begun. */
	readonly patience?: number;
	readonly onTime?: (time: SlotTime, done: number, of: number) => void;
	readonly signal?: AbortSignal;
}

/**
 * Times passes of 1 to 272 slots over a cache of `CONTEXT` positions, which is emptied afterwards; in the order of
 * their slots. Each: 3 passes to warm up, then up to 15, or fewer where they are slow. One slot, by which the others
 * are divided, is timed at the beginning and at the end, so that a device that warms up or slows down is seen in its
 * spread.
 * @throws the signal's reason when aborted; whatever the device throws.
 */
export async function measureSlots(
	forward: Forward,
	{ patience = Infinity, onTime, signal }: SlotOptions = {}
): Promise<SlotTime[]> {
	const end = performance.now() + patience;
	const found: SlotTime[] = [];
	let first: readonly Times[] = [];
	try {
		await fill(forward);
		for (const k of STEPS) {
			if (found.length > 0 && performance.now() > end) break;
			const times = await timePasses(forward, k === 0 ? arSpec : tidarSpec(k), signal);
			if (k === 0) first = times;
			found.push(summary(k, times));
			onTime?.(found.at(-1)!, found.length, STEPS.length);
		}
		if (performance.now() <= end) {
			found[0] = summary(0, [...first, ...(await timePasses(forward, arSpec, signal))]);
		}
	} finally {
		forward.truncate(0);
	}
	return found.sort((a, b) => a.slots - b.slots);
}

/** Puts `CONTEXT` positions into the cache; what they say does not matter to the time. */
async function fill(forward: Forward): Promise<void> {
	forward.truncate(0);
	const plan = layout(chainSpec(CONTEXT));
	await forward.run({
		layout: plan,
		tokens: plan.slots.map(() => forward.model.end),
		predict: [CONTEXT - 1]
	});
	forward.keep(plan.slots.map((_, slot) => slot));
}

async function timePasses(
	forward: Forward,
	spec: LayoutSpec,
	signal?: AbortSignal
): Promise<Times[]> {
	const plan = layout(spec);
	const tokens = plan.slots.map(() => forward.model.mask);
	const pass = async () => {
		signal?.throwIfAborted();
		return (await forward.run({ layout: plan, tokens })).times;
	};
	for (let i = 0; i < WARM; i++) if ((await pass()).total > SLOW) break;
	const start = performance.now();
	const times: Times[] = [];
	do {
		times.push(await pass());
		if (performance.now() - start > EACH && (times.length >= 3 || times[0]!.total > EACH)) break;
	} while (times.length < PASSES);
	return times;
}

/** Passes of a step with k drafts, 0 for one token. */
function summary(k: number, times: readonly Times[]): SlotTime {
	const part = (name: 'gpu' | 'encode' | 'readback') => {
		const known = times.flatMap(({ [name]: ms }) => (ms === undefined ? [] : [ms]));
		return known.length > 0 ? { [name]: spreadOf(known).median } : {};
	};
	return {
		slots: k === 0 ? 1 : k + k * k,
		k,
		...spreadOf(times.map(({ total }) => total)),
		...part('gpu'),
		...part('encode'),
		...part('readback')
	};
}
