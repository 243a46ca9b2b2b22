import { readFileSync } from 'node:fs';
import { expectedTokens } from '../../engine/cost/claims.ts';
import { setup } from '../../engine/cost/index.ts';
import { findDevice } from '../../engine/hardware/index.ts';
import { findModel } from '../../engine/models/index.ts';
import { digits } from '../../src/lib/decode/number.ts';
import { plainOf, sweepOf, type Point, type ThresholdFile } from '../../src/lib/learn/diffusion.ts';
import { acceptanceFor, lanesOf, type Drafter, type Lane } from '../../src/lib/learn/eagle.ts';
import { published, type Unit, type Value, type Values } from './value.ts';

/** As the figure of lesson 7 stands at first. */
const [ALPHA, GAMMA] = [0.75, 5];
const lane = (drafter: Drafter, batch = 1): Lane =>
	lanesOf(
		setup({ device: findDevice('h100-sxm')!, model: findModel('qwen3-8b')!, batch }),
		ALPHA,
		GAMMA
	).find((one) => one.drafter === drafter)!;
const speed = (drafter: Drafter, batch = 1): Value => {
	const plain = lane('plain', batch);
	const { tokens, roundMs, times } = lane(drafter, batch);
	return {
		value: times,
		unit: '×',
		how: `${digits(tokens)} × ${digits(plain.roundMs)} ms ÷ ${digits(roundMs)} ms`,
		source: 'cost-model'
	};
};
const acceptance = (tokens: number): Value => ({
	value: 100 * acceptanceFor(tokens, GAMMA),
	unit: '%',
	how: `(1 − α⁶) ÷ (1 − α) = ${tokens}`,
	source: 'leviathan'
});

const runs = JSON.parse(readFileSync('lessons/runs/thresholds.json', 'utf8')) as ThresholdFile;
const texts = new Set(runs.runs.map(({ prompt }) => prompt)).size;
const recorded = (value: number, unit: Unit, at: string | undefined): Value => ({
	value,
	unit,
	how: {
		en: `${texts} answers, ${at === undefined ? 'plain decoding' : `filled in from ${at} on`}`,
		zh: `${texts} 个回答，${at === undefined ? '逐个写' : `概率 ${at} 起填`}`
	},
	source: 'session'
});
/** What the recorded runs at a threshold come to. @throws Error where none was recorded */
function at(threshold: number): Point {
	const found = sweepOf(runs).find((point) => point.threshold === threshold);
	if (!found) throw new Error(`lessons/runs/thresholds.json: no run at ${threshold}.`);
	return found;
}
const named = (threshold: number) => `${100 * threshold} %`;
const rate = (threshold: number) => recorded(at(threshold).rate, 'tokens', named(threshold));
const away = (threshold: number) => recorded(100 * at(threshold).away, '%', named(threshold));
const repeated = (threshold: number) =>
	recorded(100 * (1 - at(threshold).distinct), '%', named(threshold));

/** Numbers of lessons 7 and 8: guessing from the model's own thoughts, and all at once. */
export const drafting: Values = {
	'eagle.tokens': () => ({
		value: expectedTokens(ALPHA, GAMMA),
		unit: 'tokens',
		how: '(1 − 0.75⁶) ÷ (1 − 0.75)',
		source: 'leviathan'
	}),
	'eagle.headCost': () => ({
		value: (100 * lane('head').draftMs) / lane('plain').roundMs,
		unit: '%',
		how: `${digits(lane('head').draftMs)} ms ÷ ${digits(lane('plain').roundMs)} ms`,
		source: 'cost-model'
	}),
	'eagle.internCost': () => ({
		value: (100 * lane('intern').draftMs) / lane('plain').roundMs,
		unit: '%',
		how: `${digits(lane('intern').draftMs)} ms ÷ ${digits(lane('plain').roundMs)} ms`,
		source: 'cost-model'
	}),
	'eagle.drafting': () => ({
		value: (100 * GAMMA * lane('head').draftMs) / lane('head').roundMs,
		unit: '%',
		how: `5 × ${digits(lane('head').draftMs)} ms ÷ ${digits(lane('head').roundMs)} ms`,
		source: 'cost-model'
	}),
	'eagle.speed': () => speed('head'),
	'eagle.internSpeed': () => speed('intern'),
	'eagle.tidarSpeed': () => speed('tidar'),
	'eagle.speed8': () => speed('head', 8),
	'eagle.tidarSpeed8': () => speed('tidar', 8),
	'eagle.alphaLeast': () => acceptance(3.3),
	'eagle.alphaMost': () => acceptance(4.5),
	'eagle.upTo': () => published(6.5, '×', 'abstract, the best case', '摘要，最好的情形', 'eagle3'),
	'eagle.batch64': () =>
		published(1.38, '×', 'abstract, SGLang, batch 64', '摘要，SGLang，批量 64', 'eagle3'),
	'diffusion.rateSlow': () => rate(1),
	'diffusion.rate3': () => rate(0.3),
	'diffusion.rateAll': () => rate(0),
	'diffusion.awaySlow': () => away(1),
	'diffusion.repeatedPlain': () => recorded(100 * (1 - plainOf(runs).distinct), '%', undefined),
	'diffusion.repeatedSlow': () => repeated(1),
	'diffusion.repeated3': () => repeated(0.3),
	'diffusion.repeatedAll': () => repeated(0),
	'tidar.thresholdLeast': () =>
		published(2.63, '', 'table 4, confidence threshold', '表 4，置信度阈值'),
	'tidar.thresholdMost': () =>
		published(3.81, 'tokens', 'table 4, confidence threshold', '表 4，置信度阈值')
};
