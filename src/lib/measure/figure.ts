import { setup, SLOT_AXIS, stepMs } from '../../../engine/cost/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import { m } from '$lib/paraglide/messages';
import type { Drawing } from '../charts/drawing.ts';
import { slotCost, type CostPoint, type CostSeries } from '../charts/slot-cost.ts';
import { digits } from '../decode/number.ts';
import type { Measured } from '../simulate/sweep.ts';
import type { Table } from '../simulate/table.ts';
import { nearestDevice } from './find.ts';
import type { Measurement } from './result.ts';

/** The H100 series that is drawn beside: static/measurements/steps.json. */
const BESIDE = { device: 'h100-sxm', model: 'qwen3-8b', context: 1024 };
const MOST = 300;

/** Passes of one device over those of one slot. */
const relative = (
	points: readonly { slots: number; ms: number; low?: number; high?: number }[]
): CostPoint[] => {
	const one = points.find(({ slots }) => slots === 1)?.ms;
	if (one === undefined) return [];
	return points.map(({ slots, ms, low, high }) => ({
		slots,
		ratio: ms / one,
		...(low !== undefined && { low: low / one }),
		...(high !== undefined && { high: high / one })
	}));
};

/** Some numbers of slots were measured more than once, in runs of their own: the first counts. */
const distinct = (rows: readonly Measured[]): Measured[] =>
	[...new Map(rows.toReversed().map((row) => [row.slots, row])).values()].sort(
		(a, b) => a.slots - b.slots
	);

/** This device, the H100 and the simulator's nearest device, as far as they are known. */
export function seriesOf(
	measurement: Measurement | undefined,
	steps: readonly Measured[]
): CostSeries[] {
	const series: CostSeries[] = [];
	if (measurement && measurement.slots.length > 0) {
		series.push({
			key: 'mine',
			name: m.measure_mine(),
			kind: 'mine',
			points: relative(
				measurement.slots.map(({ slots, median, low, high }) => ({ slots, ms: median, low, high }))
			)
		});
	}
	series.push({
		key: 'h100',
		name: m.measure_h100(),
		kind: 'measured',
		points: relative(
			distinct(
				steps.filter(
					(row) =>
						row.device === BESIDE.device &&
						row.model === BESIDE.model &&
						row.context === BESIDE.context &&
						row.batch === 1 &&
						row.tp === 1 &&
						row.slots <= MOST
				)
			)
		)
	});
	const device = measurement && nearestDevice(measurement);
	if (device) {
		const at = setup({
			device,
			model: findModel('smollm2-135m')!,
			kernels: 'browser',
			weights: 'int4',
			context: measurement.model?.context ?? 128
		});
		series.push({
			key: 'simulated',
			name: m.measure_simulated({ device: device.name }),
			kind: 'simulated',
			points: relative(
				SLOT_AXIS.filter((slots) => slots <= MOST).map((slots) => ({
					slots,
					ms: stepMs({ ...at, slots })
				}))
			)
		});
	}
	return series.filter(({ points }) => points.length > 0);
}

/** The figure at a width in pixels. */
export const drawCost = (series: readonly CostSeries[], width: number): Drawing =>
	slotCost(series, {
		width,
		height: Math.min(420, Math.max(280, width * 0.55)),
		xTitle: m.measure_x(),
		yTitle: m.measure_y(),
		zones: { free: m.sim_zone_free(), cheap: m.sim_zone_cheap(), paid: m.sim_zone_paid() },
		label: ({ name }, { slots, ratio }) => m.measure_point({ name, slots, ratio: ratio.toFixed(2) })
	});

/** Every time that was measured, in milliseconds. */
export const tableOf = ({ slots }: Measurement): Table => ({
	head: [
		m.measure_slots(),
		'k',
		m.measure_median(),
		m.measure_low(),
		m.measure_high(),
		m.measure_count(),
		m.measure_ratio()
	],
	rows: slots.map(({ slots: q, k, median, low, high, n }) => [
		q,
		k,
		median,
		low,
		high,
		n,
		digits(median / slots[0]!.median)
	])
});
