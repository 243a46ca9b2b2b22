import { setup, SLOT_AXIS, stepBand, stepMs, zoneOf, type Setup } from '$engine/cost/index.ts';
import { m } from '$lib/paraglide/messages';
import type { Drawing } from '../charts/drawing.ts';
import { slotsSweep, type SlotCurve, type SlotPoint } from '../charts/slots.ts';
import { digits } from '../decode/number.ts';
import type { Measurement } from '../measure/result.ts';
import type { Run } from './bench.svelte.ts';
import type { Table } from './table.ts';
import { nameOf } from './words.ts';

/** One measured step of static/measurements/steps.json. */
export interface Measured {
	readonly device: string;
	readonly model: string;
	readonly tp: number;
	readonly batch: number;
	readonly slots: number;
	readonly context: number;
	readonly ms: number;
}

/** Contexts that are drawn beside the set-up's own. */
const CONTEXTS = [1024, 2048, 4096];

/** Measured steps of a set-up's device, model and batch; only plain 16-bit ones were measured. */
export const measuredOf = (s: Setup, all: readonly Measured[]): Measured[] =>
	s.weights === 'bf16' && s.kv === 'bf16' && s.launch === 'graph' && s.phase === 'decode'
		? all.filter(
				(row) =>
					row.device === s.device.id &&
					row.model === s.model.id &&
					row.tp === s.tp &&
					row.batch === s.batch
			)
		: [];

const axisOf = (s: Setup): number[] => {
	const far = [2048, 4096, 8192, 16384];
	const most = far.find((slots) => slots >= s.slots) ?? 16384;
	return [...SLOT_AXIS, ...(s.slots > 1024 ? far.filter((slots) => slots <= most) : [])];
};

/** What /measure found on the reader's device: passes of the site's model, and as multiples of one slot. */
interface Mine {
	readonly device: string;
	readonly model: string;
	readonly context: number;
	readonly points: readonly {
		readonly slots: number;
		readonly ms: number;
		readonly ratio: number;
	}[];
}

/** The slots of a measurement; undefined where it has none, or nothing to compare them with. */
export function mineOf(measurement: Measurement | undefined): Mine | undefined {
	const one = measurement?.slots.find(({ slots }) => slots === 1)?.median;
	if (!measurement?.model || one === undefined || measurement.slots.length < 2) return undefined;
	return {
		device: measurement.machine.name,
		model: measurement.model.name,
		context: measurement.model.context,
		points: measurement.slots.map(({ slots, median }) => ({
			slots,
			ms: median,
			ratio: median / one
		}))
	};
}

interface Curves {
	readonly key: string;
	readonly curves: readonly SlotCurve[];
	/** The curve of the set-up's own context, with its band. */
	readonly own: readonly Required<SlotPoint>[];
}
/** The curves drawn last: while only slots move, they stay. */
let last: Curves | undefined;

function curvesOf([{ setup: s, choice }, other]: readonly [Run, Run?]): Curves {
	const axis = axisOf(s);
	const key = JSON.stringify([
		{ ...choice, slots: axis.at(-1) },
		other && { ...other.choice, slots: 0 }
	]);
	if (last?.key === key) return last;
	const contexts = [...new Set([...CONTEXTS, s.context])].sort((a, b) => a - b);
	const own = axis.map((slots) => {
		const at = setup({ ...s, slots });
		return { slots, ms: stepMs(at), ...stepBand(at) };
	});
	const curves: SlotCurve[] = contexts.map((context) => ({
		name: `KV ${context}`,
		main: context === s.context,
		other: false,
		points:
			context === s.context
				? own
				: axis.map((slots) => ({ slots, ms: stepMs({ ...s, context, slots }) }))
	}));
	if (other) {
		curves.push({
			name: 'B',
			main: false,
			other: true,
			points: axis.map((slots) => ({ slots, ms: stepMs({ ...other.setup, slots }) }))
		});
	}
	last = { key, curves, own };
	return last;
}

/**
 * Step time over slots, the first set-up with its band and measurements, the second as a dashed curve; and the reader's
 * own device, another GPU with another model, scaled so that its one slot is the first set-up's.
 */
export function sweepFigure(
	runs: readonly Run[],
	all: readonly Measured[],
	mine?: Mine
): { draw: (width: number) => Drawing; table: Table; measured: Measured[] } {
	const [{ setup: s, zones }] = runs as [Run, Run?];
	const { curves, own } = curvesOf(runs as [Run, Run?]);
	const one = own[0]!.ms;
	const measured = measuredOf(s, all);
	const zoneNames = { free: m.sim_zone_free(), cheap: m.sim_zone_cheap(), paid: m.sim_zone_paid() };
	const label = (slots: number) => {
		const here = own.find((point) => point.slots === slots)!;
		const reality = measured.find((row) => row.slots === slots && row.context === s.context);
		const zone = zoneNames[zoneOf(here.ms / one)];
		const text = m.sim_sweep_point({
			slots,
			ms: digits(here.ms),
			low: digits(here.low),
			high: digits(here.high),
			ratio: digits(here.ms / one),
			zone
		});
		const yours = mine?.points.find((point) => point.slots === slots);
		const more = [
			...(reality
				? [
						m.sim_sweep_measured({
							ms: digits(reality.ms),
							error: ((100 * here.ms) / reality.ms - 100).toFixed(1)
						})
					]
				: []),
			...(yours
				? [m.sim_sweep_mine_point({ ms: digits(yours.ms), ratio: digits(yours.ratio) })]
				: [])
		];
		return more.reduce((first, second) => m.sentences({ first, second }), text);
	};
	return {
		measured,
		draw: (width) =>
			slotsSweep(curves, {
				width,
				height: Math.min(460, Math.max(320, width * 0.62)),
				xTitle: m.sim_sweep_x(),
				yTitle: m.sim_sweep_y(),
				zones: { ...zones, names: zoneNames },
				measured: measured.map(({ slots, ms, context }) => ({
					slots,
					ms,
					main: context === s.context
				})),
				measuredName: m.sim_measured(),
				...(mine && {
					mine: {
						name: m.sim_sweep_mine(),
						points: mine.points.map(({ slots, ratio }) => ({ slots, ms: one * ratio }))
					}
				}),
				now: s.slots,
				label
			}),
		get table() {
			return {
				head: [
					m.sim_slots(),
					`ms, ${nameOf(s.device)}`,
					m.sim_band_low(),
					m.sim_band_high(),
					m.sim_ratio(),
					m.sim_zone(),
					m.sim_measured_ms(),
					...(mine ? [m.sim_sweep_mine_ms(), m.sim_sweep_mine_ratio()] : []),
					...curves.filter(({ main }) => !main).map(({ name }) => `ms, ${name}`)
				],
				rows: own.map(({ slots, ms, low, high }, i) => [
					slots,
					ms,
					low,
					high,
					ms / one,
					zoneNames[zoneOf(ms / one)],
					measured.find((row) => row.slots === slots && row.context === s.context)?.ms ?? '',
					...(mine ? mineAt(mine, slots) : []),
					...curves.filter(({ main }) => !main).map(({ points }) => points[i]!.ms)
				])
			};
		}
	};
}

/** The reader's own time and multiple at a number of slots, empty where that was not measured. */
function mineAt({ points }: Mine, slots: number): (number | string)[] {
	const found = points.find((point) => point.slots === slots);
	return found ? [found.ms, found.ratio] : ['', ''];
}
