import type { Setup } from '../cost/index.ts';
import { planRun, type RunSpec } from './decoders.ts';
import { kindCode } from './lanes.ts';
import { lane, layStep, simulatedLanes, TILES, type Sheet } from './step.ts';
import { Labels, NOTHING, SliceWriter, type Pass, type Timeline } from './slices.ts';

/** Slices that a run aims at; a longer run draws its weights in fewer tiles. */
const AIM = 1_000_000;

/**
 * Milliseconds between two passes, in which the host takes the tokens and starts the next pass: one launch by the
 * host, as measured for the device (a dispatch, in the browser).
 */
export const hostMs = (s: Setup): number =>
	(s.kernels === 'browser' ? s.device.launch.webgpu.value : s.device.launch.single.value) / 1000;

/** A run from the cost model: its passes one after the other, a read-back behind each. */
export function layRun(spec: RunSpec): Timeline {
	const labels = new Labels();
	const writer = new SliceWriter(1 << 16);
	const passes: Pass[] = [];
	let now = 0;
	let tiles = TILES;
	for (const { role, setup, tokens } of planRun(spec)) {
		const sheet: Sheet = { writer, labels, tiles, pass: passes.length };
		const start = now;
		const end = layStep(sheet, setup, start);
		const host = hostMs(setup);
		const about = { ...NOTHING, pass: sheet.pass, label: labels.of(role) };
		writer.add(lane.pass, kindCode.pass, start, end - start, about);
		writer.add(lane.readback, kindCode.readback, end, host, about);
		now = end + host;
		passes.push({ start, end, tokens, out: now, role, slots: setup.slots });
		if (passes.length === 1) {
			tiles = tilesFor(writer.length, spec);
			writer.reserve(Math.min(AIM, writer.length * spec.steps));
		}
	}
	return {
		lanes: simulatedLanes,
		slices: writer.done(),
		labels: labels.list,
		passes,
		duration: now,
		peak: peakOf(spec.setup),
		notes: []
	};
}

/** One forward pass alone, of `s.slots` slots: it ends at the cost model's step time, and no tokens are counted. */
export function layPass(s: Setup, tiles = TILES): Timeline {
	const labels = new Labels();
	const writer = new SliceWriter(1 << 13);
	const end = layStep({ writer, labels, tiles, pass: 0 }, s, 0);
	const about = { ...NOTHING, pass: 0, label: labels.of('step') };
	writer.add(lane.pass, kindCode.pass, 0, end, about);
	return {
		lanes: simulatedLanes,
		slices: writer.done(),
		labels: labels.list,
		passes: [{ start: 0, end, tokens: 0, out: end, role: 'step', slots: s.slots }],
		duration: end,
		peak: peakOf(s),
		notes: []
	};
}

/** Datasheet rates of one device. */
export const peakOf = ({ device }: Setup) => ({
	flops: device.rates.bf16.value * 1e12,
	bytes: device.bandwidth.value * 1e9
});

/** Fewer tiles for a run whose first pass, at TILES, would make it too long. */
function tilesFor(slices: number, { steps }: RunSpec): number {
	const total = slices * steps;
	return total <= AIM ? TILES : Math.max(1, Math.floor((TILES * AIM) / total));
}

/** Tokens of each sequence, and tokens a second of it, over the whole run. */
export function paceOf({ passes, duration }: Pick<Timeline, 'passes' | 'duration'>) {
	const tokens = passes.reduce((sum, pass) => sum + pass.tokens, 0);
	return { tokens, perSecond: duration > 0 ? (tokens * 1000) / duration : 0 };
}
