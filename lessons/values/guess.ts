import { readFileSync } from 'node:fs';
import { expectedTokens } from '../../engine/cost/claims.ts';
import { setup, stepMs } from '../../engine/cost/index.ts';
import { tokensPerPass, type Session } from '../../engine/decode/index.ts';
import { findDevice } from '../../engine/hardware/index.ts';
import { findModel } from '../../engine/models/index.ts';
import { digits } from '../../src/lib/decode/number.ts';
import { best, breakEven, speedup, type Round } from '../../src/lib/learn/intern.ts';
import { published, sessionOf, type Value, type Values } from './value.ts';

const h100 = findDevice('h100-sxm')!;
const at = (model: string, more = {}) =>
	stepMs(setup({ device: h100, model: findModel(model)!, ...more }));

/** What a step of the small model costs beside one of the large one. */
const pair = () => at('qwen2.5-1.5b') / at('qwen3-8b');
const round = (acceptance: number, gamma: number, cost: number, verify = 1): Round => ({
	acceptance,
	gamma,
	cost,
	verify: () => verify
});
const speed = (r: Round): Value => {
	const expected = digits(expectedTokens(r.acceptance, r.gamma));
	return {
		value: speedup(r),
		unit: '×',
		how: `${expected} ÷ (${r.gamma} × ${digits(r.cost)} + ${digits(r.verify(r.gamma))})`,
		source: 'leviathan'
	};
};

/** The recorded races' runs by one decoder. */
function raced(decoder: string): Session[] {
	const index = JSON.parse(readFileSync('static/races/index.json', 'utf8')) as { id: string }[];
	return index.flatMap(({ id }) => {
		const race = JSON.parse(readFileSync(`static/races/${id}.json`, 'utf8')) as {
			sessions: Session[];
		};
		return race.sessions.filter(({ settings }) => settings.decoder === decoder);
	});
}

/** The share of the drafts that were tested and passed. @throws Error where none was tested. */
function accepted(runs: readonly Session[]): Value {
	const tested = runs
		.flatMap(({ steps }) => steps)
		.flatMap(({ verdicts }) => verdicts)
		.filter(({ rule }) => rule !== 'certain');
	if (tested.length === 0) throw new Error('No recorded run in which a drafter was tested.');
	const passed = tested.filter((verdict) => verdict.accepted).length;
	return {
		value: (100 * passed) / tested.length,
		unit: '%',
		how: `${passed} ÷ ${tested.length}`,
		source: 'session'
	};
}
/** Tokens a pass of the large model over several runs. */
const tokens = (runs: readonly Session[]): Value => ({
	value: tokensPerPass(runs.flatMap(({ steps }) => steps)),
	unit: 'tokens',
	how: runs.map(({ prompt }) => `“${prompt}”`).join(', '),
	source: 'session'
});

/** Numbers of part 2, Guess and check. */
export const guess: Values = {
	'spec.half': () => ({
		value: expectedTokens(0.5, 5),
		unit: 'tokens',
		how: '(1 − 0.5⁶) ÷ (1 − 0.5)',
		source: 'leviathan'
	}),
	'spec.good': () => ({
		value: expectedTokens(0.8, 4),
		unit: 'tokens',
		how: '(1 − 0.8⁵) ÷ (1 − 0.8)',
		source: 'leviathan'
	}),
	'spec.goodSpeed': () => speed(round(0.8, 4, 0.05)),
	'spec.halfSpeed': () => speed(round(0.5, 4, 0.05)),
	'spec.pair': () => ({
		value: pair(),
		unit: '',
		how: `${digits(at('qwen2.5-1.5b'))} ms ÷ ${digits(at('qwen3-8b'))} ms`,
		source: 'cost-model'
	}),
	'spec.pairSpeed': () => speed(round(0.8, 4, pair())),
	'spec.pairBest': () => {
		const r = round(0.8, 1, pair());
		return {
			value: best(r),
			unit: '',
			how: {
				en: `the count with the largest quotient, for α = 0.8 and c = ${digits(r.cost)}`,
				zh: `α = 0.8、c = ${digits(r.cost)} 时商最大的个数`
			},
			source: 'leviathan'
		};
	},
	'spec.pairEven': () => {
		const r = round(0.8, 4, pair());
		return {
			value: 100 * breakEven(r)!,
			unit: '%',
			how: `(1 − α⁵) ÷ (1 − α) = 4 × ${digits(r.cost)} + 1`,
			source: 'leviathan'
		};
	},
	'spec.verify32': () => {
		const [one, five] = [1, 5].map((slots) => at('qwen3-8b', { slots, batch: 32 }));
		return {
			value: five! / one!,
			unit: '×',
			how: {
				en: `Qwen3 8B, batch 32, 5 slots against 1: ${digits(five!)} ms ÷ ${digits(one!)} ms`,
				zh: `Qwen3 8B，批量 32，5 个槽位比 1 个：${digits(five!)} ms ÷ ${digits(one!)} ms`
			},
			source: 'cost-model'
		};
	},
	'spec.speed32': () =>
		speed(
			round(0.8, 4, 0.05, at('qwen3-8b', { slots: 5, batch: 32 }) / at('qwen3-8b', { batch: 32 }))
		),
	'leviathan.least': () => published(2, '', 'T5-XXL, abstract', 'T5-XXL，摘要', 'leviathan'),
	'leviathan.most': () => published(3, '×', 'T5-XXL, abstract', 'T5-XXL，摘要', 'leviathan'),
	'lookup.accepted': () => accepted([sessionOf('count-lookup')]),
	'lookup.tokens': () => tokens([sessionOf('count-lookup')]),
	'intern.accepted': () => accepted(raced('speculative')),
	'intern.tokens': () => tokens(raced('speculative')),
	'eagle.least': () => published(3.3, '', 'T/NFE, open weights', 'T/NFE，公开的权重'),
	'eagle.most': () => published(4.5, 'tokens', 'T/NFE, open weights', 'T/NFE，公开的权重')
};
