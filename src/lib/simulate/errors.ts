import accuracy from '$engine/cost/accuracy.json' with { type: 'json' };
import { claims, type Claim } from '$engine/cost/claims.ts';
import measuredKnees from '$engine/cost/knees.json' with { type: 'json' };
import { m } from '$lib/paraglide/messages';
import type { Drawing } from '../charts/drawing.ts';
import { errorRows } from '../charts/errors.ts';
import { kneeRows } from '../charts/knees.ts';
import { digits } from '../decode/number.ts';
import type { Table } from './table.ts';

const sets: Record<string, () => string> = {
	steps: m.sim_set_steps,
	parts: m.sim_set_parts,
	gemm: m.sim_set_gemm,
	attention: m.sim_set_attention,
	experts: m.sim_set_experts,
	allReduce: m.sim_set_all_reduce,
	batch8: m.sim_set_batch8,
	batches: m.sim_set_batches,
	twoGpus: m.sim_set_two_gpus,
	twoGpusFitted: m.sim_set_two_gpus_fitted,
	fp8: m.sim_set_fp8,
	h200: m.sim_set_h200,
	h200Batches: m.sim_set_h200_batches,
	'cross-1': m.sim_set_cross_1,
	'cross-2': m.sim_set_cross_2,
	'cross-3': m.sim_set_cross_3,
	'cross-4': m.sim_set_cross_4,
	'cross-pair': m.sim_set_cross_pair
};

/** The published errors of the cost model, those that were never fitted first. */
export function errorFigure(): { draw: (width: number) => Drawing; table: Table } {
	const rows = [...accuracy]
		.sort((a, b) => Number(a.fitted) - Number(b.fitted))
		.map((row) => ({ ...row, name: sets[row.id]?.() ?? row.set }));
	return {
		draw: (width) =>
			errorRows(
				rows.map((row) => ({
					key: row.id,
					name: row.name,
					median: row.median,
					p95: row.p95,
					worst: row.worst,
					fitted: row.fitted,
					label: m.sim_error_point({
						name: row.name,
						points: row.points,
						median: digits(row.median),
						p95: digits(row.p95),
						worst: digits(row.worst),
						at: row.worstAt
					})
				})),
				{
					width,
					xTitle: m.sim_error_x(),
					names: { median: m.sim_median(), p95: m.sim_p95(), worst: m.sim_worst() }
				}
			),
		table: {
			head: [
				m.sim_set(),
				m.sim_fitted(),
				m.sim_points(),
				`${m.sim_median()}, %`,
				`${m.sim_p95()}, %`,
				`${m.sim_worst()}, %`,
				m.sim_worst_at()
			],
			rows: rows.map((row) => [
				row.name,
				row.fitted ? m.sim_yes() : m.sim_no(),
				row.points,
				row.median,
				row.p95,
				row.worst,
				row.worstAt
			])
		}
	};
}

/** Where measured slots sweeps bend and where the model says they do, those never fitted first. */
export function kneeFigure(): { draw: (width: number) => Drawing; table: Table } {
	const rows = [...measuredKnees]
		.sort((a, b) => Number(a.fitted) - Number(b.fitted))
		.map((row) => ({
			...row,
			key: `${row.model} ${row.device} ${row.context}`,
			name: m.sim_knee_name({ model: row.model, device: row.device, context: row.context }),
			error: 100 * (row.predicted / row.measured - 1)
		}));
	return {
		draw: (width) =>
			kneeRows(
				rows.map((row) => ({
					...row,
					label: m.sim_knee_point({
						name: row.name,
						measured: digits(row.measured),
						predicted: digits(row.predicted),
						error: digits(row.error)
					})
				})),
				{
					width,
					xTitle: m.sim_knee_x(),
					names: { measured: m.sim_knee_measured(), predicted: m.sim_knee_predicted() }
				}
			),
		table: {
			head: [m.sim_set(), m.sim_fitted(), m.sim_knee_measured(), m.sim_knee_predicted(), '%'],
			rows: rows.map((row) => [
				row.name,
				row.fitted ? m.sim_yes() : m.sim_no(),
				row.measured,
				row.predicted,
				row.error
			])
		}
	};
}

const verdicts: Record<Claim['verdict'], () => string> = {
	holds: m.sim_holds,
	'holds in part': m.sim_holds_in_part,
	'does not hold': m.sim_holds_not
};

/** The article's and the papers' statements, each with what comes out here. */
export function claimRows() {
	const v = (claim: Claim) =>
		Object.fromEntries(
			Object.entries(claim.values).map(([name, x]) => [name, digits(x)])
		) as Record<string, string>;
	const sentences: Record<string, [() => string, (claim: Claim) => string]> = {
		'weight-transfer': [
			m.sim_claim_transfer,
			(c) => m.sim_claim_transfer_because({ tokensPerSecond: v(c).tokensPerSecond! })
		],
		'free-slots': [
			m.sim_claim_free,
			(c) => m.sim_claim_free_because({ free: v(c).free!, freeIdeal: v(c).freeIdeal! })
		],
		'idle-share': [m.sim_claim_idle, () => m.sim_claim_idle_because()],
		'tidar-1.5b': [
			m.sim_claim_small,
			(c) => m.sim_claim_speed_because({ ratio: v(c).ratio!, left: v(c).withMeasuredKernels! })
		],
		'tidar-8b': [
			m.sim_claim_large,
			(c) => m.sim_claim_speed_because({ ratio: v(c).ratio!, left: v(c).withMeasuredKernels! })
		],
		'slots-stop-being-free': [
			m.sim_claim_batch,
			(c) => m.sim_claim_batch_because({ paid: v(c).paid!, lost: v(c).lost! })
		],
		'break-even': [
			m.sim_claim_break_even,
			(c) => m.sim_claim_break_even_because({ ratio: v(c).ratio! })
		]
	};
	return claims().map((claim) => {
		const [stated, because] = sentences[claim.id] ?? [() => claim.stated, () => claim.because];
		return {
			id: claim.id,
			stated: stated(),
			derived: `${digits(claim.derived)} ${unitOf(claim)}`,
			verdict: verdicts[claim.verdict](),
			because: because(claim)
		};
	});
}

function unitOf({ unit }: Claim): string {
	switch (unit) {
		case 'slots':
			return m.sim_unit_slots();
		case 'sequences':
			return m.sim_unit_sequences();
		case 'acceptance':
			return m.sim_unit_acceptance();
		case 'x':
			return '×';
		default:
			return unit;
	}
}
