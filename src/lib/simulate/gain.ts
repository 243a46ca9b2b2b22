import { fitsMemory, stepCost, stepMs, tidarSlots, type Setup } from '$engine/cost/index.ts';
import { tidarTokens } from '$engine/cost/claims.ts';
import { m } from '$lib/paraglide/messages';
import { curves, type Curve } from '../charts/curves.ts';
import type { Drawing } from '../charts/drawing.ts';
import { heatMap, type HeatCell } from '../charts/heat.ts';
import { digits } from '../decode/number.ts';
import type { Run } from './bench.svelte.ts';
import { draftsOf } from './choice.ts';
import type { Table } from './table.ts';

const DRAFTS = [2, 3, 4, 6, 8, 12, 16];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Tokens a second of TiDAR with k drafts over those of one slot. */
export const gainOf = (s: Setup, k: number, acceptance: number): number =>
	(tidarTokens(acceptance, k) * stepMs({ ...s, slots: 1 })) /
	stepMs({ ...s, slots: tidarSlots(k) });

/** Batch x drafts: where TiDAR pays. */
export function gainFigure(
	{ setup: s }: Run,
	acceptance: number
): { draw: (width: number) => Drawing; table: Table } {
	const cells = BATCHES.map((batch) => {
		const one = stepMs({ ...s, batch, slots: 1 });
		return DRAFTS.map((k): HeatCell => {
			const at = { ...s, batch, slots: tidarSlots(k) };
			const ratio = stepMs(at) / one;
			const tokens = tidarTokens(acceptance, k);
			const gain = tokens / ratio;
			return {
				gain,
				fits: fitsMemory(at),
				get label() {
					return m.sim_gain_cell({
						batch,
						k,
						slots: at.slots,
						tokens: digits(tokens),
						ratio: digits(ratio),
						gain: digits(gain)
					});
				}
			};
		});
	});
	const column = DRAFTS.indexOf(draftsOf(s.slots) ?? -1);
	const row = BATCHES.indexOf(s.batch);
	return {
		draw: (width) =>
			heatMap(cells, {
				width,
				xTitle: m.sim_gain_x(),
				yTitle: m.sim_batch(),
				columns: DRAFTS.map((k) => [`k = ${k}`, String(tidarSlots(k))] as const),
				rows: BATCHES.map(String),
				...(column >= 0 && row >= 0 && { now: { column, row } })
			}),
		table: {
			head: [m.sim_batch(), ...DRAFTS.map((k) => `k = ${k} (${tidarSlots(k)})`)],
			rows: cells.map((row, r) => [BATCHES[r]!, ...row.map(({ gain }) => gain)])
		}
	};
}

/** What a token costs in a batch of each size. */
interface PerToken {
	readonly batch: number;
	/** null: the device's power or rent is not public. */
	readonly joules: number | null;
	readonly usd: number | null;
	readonly fits: boolean;
}

function perToken(s: Setup, tokens: number): PerToken[] {
	const rent = s.device.rent?.value;
	return BATCHES.map((batch) => {
		const cost = stepCost({ ...s, batch });
		const made = batch * tokens;
		return {
			batch,
			joules: cost.joules === null ? null : cost.joules / made,
			usd: rent ? ((rent * s.tp * cost.ms) / 3.6e6 / made) * 1e6 : null,
			fits: cost.fits
		};
	});
}

/** Energy and price of a token over the batch, by plain decoding and by TiDAR; null where nothing is public. */
export function priceFigures(runs: readonly Run[], acceptance: number) {
	const k = draftsOf(runs.at(-1)!.choice.slots) ?? draftsOf(runs[0]!.choice.slots) ?? 8;
	const ways = runs.flatMap(({ setup: s, name }, i) =>
		[
			{ name: m.sim_way_ar(), slots: 1, tokens: 1 },
			{ name: m.sim_way_tidar({ k }), slots: tidarSlots(k), tokens: tidarTokens(acceptance, k) }
		].map((way) => ({
			name: name ? `${name} ${way.name}` : way.name,
			strong: way.slots > 1,
			dashed: i > 0,
			points: perToken({ ...s, slots: way.slots }, way.tokens)
		}))
	);
	const figure = (of: 'joules' | 'usd', yTitle: string) => {
		const known = ways.filter(({ points }) => points.every((point) => point[of] !== null));
		if (known.length === 0) return null;
		const drawn: Curve[] = known.map((way) => ({
			...way,
			points: way.points.map((p) => ({ x: p.batch, y: p[of]!, possible: p.fits }))
		}));
		const table: Table = {
			head: [m.sim_batch(), ...known.map(({ name }) => `${name}, ${yTitle}`)],
			rows: BATCHES.map((batch, i) => [batch, ...known.map(({ points }) => points[i]![of]!)])
		};
		const label = (batch: number) =>
			m.sim_price_point({
				batch,
				values: known
					.map(
						({ name, points }) => `${name} ${digits(points.find((p) => p.batch === batch)![of]!)}`
					)
					.join(m.list_separator()),
				unit: yTitle
			});
		return {
			table,
			draw: (width: number) =>
				curves(drawn, {
					width,
					height: Math.min(380, Math.max(280, width * 0.6)),
					xTitle: m.sim_batch_x(),
					yTitle,
					ticks: [1, 4, 16, 64, 256],
					now: Math.min(256, runs[0]!.choice.batch),
					label
				})
		};
	};
	return {
		k,
		energy: figure('joules', m.sim_joules_per_token()),
		price: figure('usd', m.sim_usd_per_million())
	};
}
