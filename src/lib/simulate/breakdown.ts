import { parts, type Part } from '$engine/cost/index.ts';
import { m } from '$lib/paraglide/messages';
import type { Drawing } from '../charts/drawing.ts';
import { lanes, type LaneGroup, type Segment } from '../charts/lanes.ts';
import { digits, percent } from '../decode/number.ts';
import type { Run } from './bench.svelte.ts';
import { share } from './roof.ts';
import type { Table } from './table.ts';
import { nameOfBound, nameOfOperator, nameOfPart } from './words.ts';

const looks: Record<Part, Pick<Segment, 'fill' | 'tint' | 'hatch'>> = {
	weights: { fill: 'memory', hatch: true },
	kv: { fill: 'memory', tint: 0.55, hatch: true },
	activations: { fill: 'memory', tint: 0.3, hatch: true },
	compute: { fill: 'compute' },
	launch: { fill: 'muted', tint: 0.3 },
	communication: { fill: 'prefix', tint: 0.55 }
};

/** ms of a step in which the matrix units would be busy at their datasheet rate. */
const busyMs = ({ cost }: Run) => (1 - cost.idleCompute) * cost.ms;

function group(run: Run): LaneGroup {
	const { cost, name } = run;
	const segment = (key: string, name: string, ms: number, look: object): Segment => ({
		key,
		name,
		ms,
		...look,
		get label() {
			return m.sim_bar_segment({ name, ms: digits(ms), share: share(ms / cost.ms) });
		}
	});
	const busy = busyMs(run);
	return {
		name,
		lanes: [
			{
				name: m.sim_bar_waits(),
				segments: parts
					.filter((part) => cost.parts[part] > 0)
					.map((part) => segment(`part-${part}`, nameOfPart(part), cost.parts[part], looks[part]))
			},
			{
				name: m.sim_bar_operators(),
				segments: cost.operators.map((o) => ({
					key: o.operator,
					name: nameOfOperator(o.operator),
					ms: o.ms,
					fill: o.bound === 'memory' ? 'memory' : o.bound === 'compute' ? 'compute' : 'muted',
					tint: 0.25,
					get label() {
						return m.sim_bar_operator({
							name: nameOfOperator(o.operator),
							ms: digits(o.ms),
							share: percent(o.ms / cost.ms),
							bound: nameOfBound(o.bound),
							launches: o.launches
						});
					}
				}))
			},
			{
				name: m.sim_bar_units(),
				segments: [
					segment('busy', m.sim_bar_busy(), busy, { fill: 'compute' }),
					segment('idle', m.sim_bar_idle({ share: share(cost.idleCompute) }), cost.ms - busy, {})
				]
			}
		]
	};
}

/** Where the milliseconds of a step go: by what it waits for, by operator, and what the matrix units do. */
export function breakdownFigure(runs: readonly Run[]): {
	draw: (width: number) => Drawing;
	table: Table;
} {
	const groups = runs.map(group);
	return {
		draw: (width) => lanes(groups, { width, xTitle: m.sim_bar_x() }),
		get table() {
			return {
				head: [
					m.sim_bar_spent(),
					...runs.flatMap(({ name }) => [name ? `ms, ${name}` : 'ms', name ? `%, ${name}` : '%'])
				],
				rows: [
					...parts.map((part) => [
						nameOfPart(part),
						...runs.flatMap(({ cost }) => [cost.parts[part], (100 * cost.parts[part]) / cost.ms])
					]),
					[m.sim_bar_busy(), ...runs.flatMap((r) => [busyMs(r), (100 * busyMs(r)) / r.cost.ms])]
				]
			};
		}
	};
}
