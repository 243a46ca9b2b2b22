import type { Decoding, Fleet, Load } from '$engine/cost/serving/index.ts';
import { m } from '$lib/paraglide/messages';
import { curves, type Curve } from '../charts/curves.ts';
import type { Drawing } from '../charts/drawing.ts';
import { digits } from '../decode/number.ts';
import type { Choice } from './choice.ts';
import type { Table } from './table.ts';
import type { Demand } from './url.ts';

export const ways: readonly Decoding[] = ['ar', 'speculative', 'tidar'];
const names: Record<Decoding, () => string> = {
	ar: m.sim_way_ar,
	speculative: m.sim_way_speculative,
	tidar: m.sim_way_tidar_any
};
export const nameOfWay = (way: Decoding): string => names[way]();

/** Same text, same service: slots, batch and context are the service's own affair. */
export const serviceKey = (choice: Choice): string =>
	JSON.stringify({ ...choice, slots: 1, batch: 1, context: 0 });

/** Promised milliseconds a token at which fleets are counted for the curve. */
export const PROMISES = [4, 5, 6, 8, 10, 14, 20, 30, 50] as const;

/** The load of a demand: requests a second, and lengths with a coefficient of variation of 1. */
export const loadOf = ({ users, rate, prompt, answer }: Demand): Load => ({
	arrivals: (users * rate) / 3600,
	prompt: { mean: prompt, shape: 'lognormal' },
	answer: { mean: answer, shape: 'lognormal' }
});

/** Fleets by way of decoding; null where the promise cannot be kept, undefined where not yet counted. */
export type Fleets = Partial<Record<Decoding, Fleet | null>>;
/** Fleets by promised milliseconds. */
export type Counted = ReadonlyMap<number, Fleets>;

/** GPUs that are needed, over what is promised for each token. */
export function fleetFigure(
	counted: Counted,
	per: number
): { draw: (width: number) => Drawing; table: Table } | null {
	const promises = [...counted.keys()].sort((a, b) => a - b);
	const drawn = ways.flatMap((way): Curve[] => {
		const points = promises.flatMap((promise) => {
			const fleet = counted.get(promise)?.[way];
			return fleet ? [{ x: promise, y: fleet.devices, possible: true }] : [];
		});
		return points.length > 1
			? [
					{
						name: nameOfWay(way),
						points,
						strong: way === 'tidar',
						dashed: way === 'speculative'
					}
				]
			: [];
	});
	if (drawn.length === 0) return null;
	const of = (promise: number, way: Decoding) => {
		const fleet = counted.get(promise)?.[way];
		return fleet ? fleet.devices : m.sim_service_never();
	};
	return {
		draw: (width) =>
			curves(drawn, {
				width,
				height: Math.min(380, Math.max(280, width * 0.6)),
				xTitle: m.sim_service_x(),
				yTitle: m.sim_service_y(),
				ticks: [5, 10, 20, 50],
				now: Math.min(50, Math.max(drawn[0]!.points[0]!.x, per)),
				label: (promise) =>
					m.sim_service_point({
						promise,
						values: ways
							.map((way) => `${nameOfWay(way)} ${of(promise, way)}`)
							.join(m.list_separator())
					})
			}),
		table: {
			head: [m.sim_service_x(), ...ways.map(nameOfWay)],
			rows: promises.map((promise) => [promise, ...ways.map((way) => of(promise, way))])
		}
	};
}

/** One row a way of decoding: what the service needs and gives. */
export function fleetTable(fleets: Fleets): Table {
	return {
		head: [
			m.sim_way(),
			m.sim_gpus(),
			m.sim_first_p50(),
			m.sim_first_p95(),
			m.sim_per_p50(),
			m.sim_per_p95(),
			m.sim_user_speed(),
			m.sim_mean_batch(),
			m.sim_joules_per_token(),
			m.sim_usd_per_million()
		],
		rows: ways.map((way) => {
			const fleet = fleets[way];
			if (!fleet) {
				return [nameOfWay(way), fleet === null ? m.sim_service_never() : '…', ...Array(8).fill('')];
			}
			const { firstToken, perToken, tokensPerSecondOfUser, meanBatch } = fleet.replica;
			return [
				nameOfWay(way),
				fleet.devices,
				1e3 * firstToken.p50,
				1e3 * firstToken.p95,
				1e3 * perToken.p50,
				1e3 * perToken.p95,
				tokensPerSecondOfUser,
				meanBatch,
				fleet.joulesPerToken,
				fleet.usdPerMillion ?? '–'
			];
		})
	};
}

/** What becomes of 'the GPUs needed fall to one sixth', in words; undefined until it is known. */
export function verdict({ ar, tidar }: Fleets, counted: Counted, per: number): string | undefined {
	if (ar === undefined || tidar === undefined) return undefined;
	const here =
		tidar === null
			? m.sim_verdict_none({ per })
			: ar === null
				? m.sim_verdict_only({ per, tidar: tidar.devices })
				: m.sim_verdict({
						per,
						ar: ar.devices,
						tidar: tidar.devices,
						share: digits(tidar.devices / ar.devices)
					});
	const shares = [...counted].flatMap(([promise, fleets]) =>
		fleets.ar && fleets.tidar ? [{ promise, share: fleets.tidar.devices / fleets.ar.devices }] : []
	);
	if (shares.length < 3) return here;
	const best = shares.reduce((a, b) => (b.share < a.share ? b : a));
	return m.sentences({
		first: here,
		second: m.sim_verdict_best({ share: digits(best.share), promise: best.promise })
	});
}
