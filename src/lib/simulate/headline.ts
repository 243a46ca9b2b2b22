import { fittedParameters, kernelSets, ratesOf } from '$engine/cost/index.ts';
import { parameters } from '$engine/models/index.ts';
import { m } from '$lib/paraglide/messages';
import { digits, percent } from '../decode/number.ts';
import type { Run } from './bench.svelte.ts';
import { draftsOf } from './choice.ts';
import { flop, share, size } from './roof.ts';
import type { Table } from './table.ts';
import { nameOf, nameOfBound, nameOfKernels, tellRemedy, tellSource } from './words.ts';
import { MOST_SLOTS } from './zones.ts';

/** A number worth a glance, and where it comes from. */
export interface Figure {
	readonly id: 'ms' | 'tokens' | 'bound' | 'free' | 'memory' | 'energy';
	readonly name: string;
	readonly value: string;
	/** Small, under the value. */
	readonly note: string;
	/** Not as wished: does not fit. */
	readonly alarm?: boolean;
	/** Formula with its numbers, then sources; a paragraph each. */
	readonly how: () => readonly string[];
}

const slots = (n: number) => (n >= MOST_SLOTS ? `≥ ${n}` : String(n));

/** Tokens a second of all sequences. */
export const tokensPerSecond = ({ choice, cost, tokens }: Run): number =>
	(choice.batch * tokens * 1e3) / cost.ms;

/** The headline numbers of a set-up. */
export function headline(run: Run, acceptance: number): Figure[] {
	const { setup: s, cost, band, oneMs, choice, tokens, zones } = run;
	const { parts, fit } = cost;
	const rates = ratesOf(fittedParameters, s);
	const memoryMs = parts.weights + parts.kv + parts.activations;
	const most = Math.max(memoryMs, parts.compute, parts.launch, parts.communication);
	const k = draftsOf(choice.slots);
	const made = choice.batch * tokens;
	return [
		{
			id: 'ms',
			name: m.sim_head_ms(),
			value: `${digits(cost.ms)} ms`,
			note: m.sim_head_ms_note({ low: digits(band.low), high: digits(band.high) }),
			how: () => [
				m.sim_head_ms_sum({
					weights: digits(parts.weights),
					kv: digits(parts.kv),
					activations: digits(parts.activations),
					compute: digits(parts.compute),
					launch: digits(parts.launch),
					communication: digits(parts.communication),
					ms: digits(cost.ms)
				}),
				m.sim_head_ms_how({
					kernels: nameOfKernels(s.kernels),
					bandwidth: digits(rates.bytes / 1e3),
					datasheet: digits(s.device.bandwidth.value),
					tflops: digits(rates.flops / 1e6),
					launches: cost.launches
				}),
				band.extrapolated ? m.sim_head_band_wide() : m.sim_head_band(),
				m.sim_head_gpu_source({
					gpu: nameOf(s.device),
					source: tellSource(s.device.bandwidth.source)
				})
			]
		},
		{
			id: 'tokens',
			name: m.sim_head_tokens(),
			value: digits(tokensPerSecond(run)),
			note:
				choice.batch > 1
					? m.sim_head_tokens_each({ each: digits(tokensPerSecond(run) / choice.batch) })
					: m.sim_head_tokens_note({ tokens: digits(tokens) }),
			how: () => [
				m.sim_head_tokens_sum({
					batch: choice.batch,
					tokens: digits(tokens),
					ms: digits(cost.ms),
					all: digits(tokensPerSecond(run))
				}),
				k === undefined
					? choice.slots === 1
						? m.sim_head_tokens_ar()
						: m.sim_head_tokens_other({ slots: choice.slots })
					: m.sim_head_tokens_tidar({
							k,
							slots: choice.slots,
							acceptance: digits(acceptance),
							tokens: digits(tokens)
						})
			]
		},
		{
			id: 'bound',
			name: m.sim_head_bound(),
			value: nameOfBound(cost.bound),
			note: m.sim_head_bound_note({
				share: percent(most / cost.ms),
				idle: share(cost.idleCompute)
			}),
			how: () => [
				m.sim_head_bound_how({
					memory: percent(memoryMs / cost.ms),
					compute: percent(parts.compute / cost.ms),
					launch: percent(parts.launch / cost.ms),
					communication: percent(parts.communication / cost.ms)
				}),
				m.sim_head_idle_how({
					flops: flop(cost.flops),
					rate: digits(s.device.rates.bf16.value),
					ms: digits(cost.ms),
					idle: share(cost.idleCompute),
					source: tellSource(s.device.rates.bf16.source)
				})
			]
		},
		{
			id: 'free',
			name: m.sim_head_free(),
			value: slots(zones.free),
			note: m.sim_head_free_note({ cheap: slots(zones.cheap) }),
			how: () => [
				m.sim_head_free_how({
					one: digits(oneMs),
					free: slots(zones.free),
					cheap: slots(zones.cheap),
					context: choice.context
				}),
				kernelSets[s.kernels].splitKeys === 'one slot'
					? m.sim_head_free_kernels()
					: m.sim_head_free_split()
			]
		},
		{
			id: 'memory',
			name: m.sim_head_memory(),
			value: fit.fits ? m.sim_head_fits() : m.sim_head_fits_not(),
			note: m.sim_head_memory_note({ needed: size(fit.needed), capacity: size(fit.capacity) }),
			alarm: !fit.fits,
			how: () => [
				m.sim_head_memory_sum({
					weights: size(fit.weights),
					kv: size(fit.kv),
					activations: size(fit.activations),
					needed: size(fit.needed)
				}),
				m.sim_head_memory_model({
					model: nameOf(s.model),
					total: digits(parameters(s.model).total / 1e9),
					active: digits(parameters(s.model).active / 1e9)
				}),
				...(fit.fits
					? []
					: [m.sim_head_remedies({ list: fit.remedies.map(tellRemedy).join(m.sim_or()) })]),
				m.sim_head_gpu_source({
					gpu: nameOf(s.device),
					source: tellSource(s.device.capacity.source)
				})
			]
		},
		{
			id: 'energy',
			name: m.sim_head_energy(),
			value: cost.joules === null ? '–' : `${digits(cost.joules / made)} J`,
			note:
				cost.joules === null
					? m.sim_head_energy_none()
					: m.sim_head_energy_note({ joules: digits(cost.joules) }),
			how: () =>
				cost.joules === null || !s.device.power
					? [m.sim_head_energy_none()]
					: [
							m.sim_head_energy_how({ watts: s.device.power.value, joules: digits(cost.joules) }),
							m.sim_head_gpu_source({
								gpu: nameOf(s.device),
								source: tellSource(s.device.power.source)
							})
						]
		}
	];
}

/** Two set-ups side by side, number by number. */
export function differences(a: Run, b: Run): Table {
	const row = (name: string, of: (run: Run) => number | null): (string | number)[] => {
		const [x, y] = [of(a), of(b)];
		return [name, x ?? '–', y ?? '–', x && y ? `${digits(y / x)} ×` : '–'];
	};
	const memory = ({ cost }: Run) => cost.fit.needed / 1e9;
	const rent = ({ setup: s }: Run) => s.device.rent?.value;
	const usd = (run: Run) =>
		rent(run) === undefined
			? null
			: ((rent(run)! * run.setup.tp) / 3600 / tokensPerSecond(run)) * 1e6;
	return {
		head: [m.sim_number(), 'A', 'B', 'B : A'],
		rows: [
			row(`${m.sim_head_ms()}, ms`, ({ cost }) => cost.ms),
			row(m.sim_head_tokens(), tokensPerSecond),
			row(m.sim_tokens_a_step(), ({ tokens }) => tokens),
			row(`${m.sim_part_weights()}, ms`, ({ cost }) => cost.parts.weights),
			row(`${m.sim_part_kv()}, ms`, ({ cost }) => cost.parts.kv),
			row(`${m.sim_part_compute()}, ms`, ({ cost }) => cost.parts.compute),
			row(`${m.sim_part_launch()}, ms`, ({ cost }) => cost.parts.launch),
			row(`${m.sim_part_communication()}, ms`, ({ cost }) => cost.parts.communication),
			row(m.sim_moved_gb(), ({ cost }) => cost.bytes / 1e9),
			row('GFLOP', ({ cost }) => cost.flops / 1e9),
			row('FLOP/byte', ({ cost }) => cost.intensity),
			row(m.sim_head_free(), ({ zones }) => zones.free),
			row(m.sim_cheap_slots(), ({ zones }) => zones.cheap),
			row(m.sim_memory_gb(), memory),
			row(m.sim_joules_per_token(), ({ cost, choice, tokens }) =>
				cost.joules === null ? null : cost.joules / (choice.batch * tokens)
			),
			row(m.sim_usd_per_million(), usd)
		]
	};
}

/** Everything about the set-ups as one file. */
export function toJson(runs: readonly Run[], link: string): string {
	const of = ({ name, choice, cost, band, tokens }: Run) => {
		const { fit, ...numbers } = cost;
		const { fits, weights, kv, activations, needed, capacity } = fit;
		return {
			...(name && { name }),
			choice,
			tokensPerStep: tokens,
			...numbers,
			band,
			memory: { fits, weights, kv, activations, needed, capacity }
		};
	};
	return `${JSON.stringify({ format: 'tidar-lab/simulation', version: 1, link, units: 'times in ms; bytes and FLOPs of one device; joules of all', setups: runs.map(of) }, null, '\t')}\n`;
}
