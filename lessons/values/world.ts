import { readFileSync } from 'node:fs';
import { claims, tidarTokens } from '../../engine/cost/claims.ts';
import {
	setup,
	stepMs,
	tidarSlots,
	weightFormats,
	type WeightFormat
} from '../../engine/cost/index.ts';
import { findDevice } from '../../engine/hardware/index.ts';
import { findModel } from '../../engine/models/index.ts';
import { digits } from '../../src/lib/decode/number.ts';
import { kitchens, type Kitchen } from '../../src/lib/learn/kitchens.ts';
import { gainOf } from '../../src/lib/simulate/gain.ts';
import { setupOf } from '../../src/lib/simulate/choice.ts';
import { both, type Value, type Values } from './value.ts';

const h100 = findDevice('h100-sxm')!;
const eight = findModel('qwen3-8b')!;
const d = digits;
const TOKENS = 5.49;
const ACCEPTANCE = 0.89;

/** A number of one of the claims that the cost model derives. */
function claim(id: string, name: string): Value {
	const found = claims().find((one) => one.id === id)?.values[name];
	if (found === undefined) throw new Error(`No claim "${id}" with a value "${name}".`);
	return { value: found, unit: '', how: 'Qwen3 8B, H100, k = 8', source: 'cost-model' };
}

/** Speed-up of TiDAR with k drafts for so many readers, where the figure has it. */
function gain(where: Kitchen, batch: number, k: number): Value {
	const s = { ...setupOf(kitchens[where]), batch };
	const [one, many] = [1, tidarSlots(k)].map((slots) => stepMs({ ...s, slots }));
	return {
		value: gainOf(s, k, ACCEPTANCE),
		unit: '×',
		how: `${d(tidarTokens(ACCEPTANCE, k))} ÷ (${d(many!)} ms ÷ ${d(one!)} ms)`,
		source: 'cost-model'
	};
}

interface EnergyRow {
	readonly model?: string;
	readonly batch?: number;
	readonly q?: number;
	readonly idle?: boolean;
	readonly watts: number;
	readonly ms_sustained: number;
	readonly mJ_per_step: number;
}
const energy = (): EnergyRow[] =>
	(
		JSON.parse(readFileSync('tests/fixtures/measurements/h100-batch.json', 'utf8')) as {
			energy: EnergyRow[];
		}
	).energy;
/** A measured step of Qwen3 8B on the H100: joules and ms. */
function measured(batch: number, q: number): { joules: number; ms: number } {
	const row = energy().find((r) => r.model === 'Qwen3-8B' && r.batch === batch && r.q === q);
	if (!row) throw new Error(`No measured energy for batch ${batch}, ${q} slots.`);
	return { joules: row.mJ_per_step / 1e3, ms: row.ms_sustained };
}
/** Joules of a token. */
function joules(batch: number, q: number, tokens: number): Value {
	const { joules } = measured(batch, q);
	return {
		value: joules / batch / tokens,
		unit: 'J',
		how: `${d(joules)} J ÷ ${[batch, tokens].filter((n) => n > 1).join(' ÷ ') || 1}`,
		source: 'measured-energy'
	};
}
function price(batch: number, k: number): Value {
	const tokens = k === 0 ? 1 : tidarTokens(ACCEPTANCE, k);
	const ms = stepMs(
		setup({ device: h100, model: eight, batch, slots: k === 0 ? 1 : tidarSlots(k) })
	);
	const rent = h100.rent!;
	return {
		value: ((rent.value * ms) / 3.6e6 / batch / tokens) * 1e6,
		unit: '$',
		how: `${rent.value} $ × ${d(ms)} ms ÷ 3 600 000 ms × 10⁶ ÷ ${d(batch * tokens)}`,
		source: rent.source
	};
}

/** Slots at which arithmetic takes as long as reading the weights. */
function ridge(id: string, format: WeightFormat): Value {
	const device = findDevice(id)!;
	const { bits, rate } = weightFormats[format];
	const peak = device.rates[rate]!;
	const bytes = bits / 8;
	return {
		value: ((peak.value * 1e3) / device.bandwidth.value) * (bytes / 2),
		unit: 'slots',
		how: both(
			`${d(peak.value)} TFLOP/s ÷ ${d(device.bandwidth.value)} GB/s × ${d(bytes)} bytes ÷ 2`
		),
		source: device.bandwidth.source,
		text: String(Math.round(((peak.value * 1e3) / device.bandwidth.value) * (bytes / 2)))
	};
}

/** Numbers of lesson 14, and of what the article says of it in lesson 16. */
export const world: Values = {
	'batch.paid': () => claim('slots-stop-being-free', 'paid'),
	'batch.lost': () => claim('slots-stop-being-free', 'lost'),
	'batch32.ratio': () => {
		const [one, many] = [1, 72].map((slots) =>
			stepMs(setup({ device: h100, model: eight, batch: 32, slots }))
		);
		return {
			value: many! / one!,
			unit: '×',
			how: both(`Qwen3 8B, batch 32: ${d(many!)} ms ÷ ${d(one!)} ms`),
			source: 'cost-model'
		};
	},
	'lunch.fill': () => {
		const slots = (h100.rates.bf16.value * 1e3) / h100.bandwidth.value;
		return {
			value: slots / tidarSlots(8),
			unit: '',
			how: `${d(slots)} ÷ ${tidarSlots(8)}`,
			source: 'h100-datasheet',
			text: (slots / tidarSlots(8)).toFixed(1)
		};
	},
	'lunch.one': () => gain('h100', 1, 8),
	'lunch.eight': () => gain('h100', 8, 8),
	'lunch.eight4': () => gain('h100', 8, 4),
	'lunch.many': () => gain('h100', 32, 8),
	'lunch.many4': () => gain('h100', 32, 4),
	'lunch.phone8': () => gain('phone', 1, 8),
	'lunch.phone4': () => gain('phone', 1, 4),
	'lunch.laptop8': () => gain('laptop', 1, 8),
	'lunch.laptop2': () => gain('laptop', 1, 2),
	'lunch.desk4': () => gain('desk', 1, 4),
	'ridge.h100': () => ridge('h100-sxm', 'bf16'),
	'ridge.phone': () => ridge('snapdragon-8-elite', 'int4'),
	'ridge.laptop': () => ridge('apple-m4', 'int4'),
	'energy.moreTime': () => {
		const [a, b] = [measured(1, 1), measured(1, 72)];
		return {
			value: 100 * (b.ms / a.ms - 1),
			unit: '%',
			how: `${d(b.ms)} ms ÷ ${d(a.ms)} ms − 1`,
			source: 'measured-energy'
		};
	},
	'energy.more': () => {
		const [a, b] = [measured(1, 1), measured(1, 72)];
		return {
			value: 100 * (b.joules / a.joules - 1),
			unit: '%',
			how: `${d(b.joules)} J ÷ ${d(a.joules)} J − 1`,
			source: 'measured-energy'
		};
	},
	'energy.plain': () => joules(1, 1, 1),
	'energy.tidar': () => joules(1, 72, TOKENS),
	'energy.plain32': () => joules(32, 1, 1),
	'energy.tidar32': () => joules(32, 72, TOKENS),
	'energy.idle': () => ({
		value: energy().find(({ idle }) => idle)!.watts,
		unit: 'W',
		how: { en: 'an H100 without work', zh: '一块空闲的 H100' },
		source: 'measured-energy'
	}),
	'price.plain': () => price(1, 0),
	'price.tidar': () => price(1, 8),
	'price.plain32': () => price(32, 0)
};
