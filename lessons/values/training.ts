import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tidarTokens } from '../../engine/cost/claims.ts';
import { digits } from '../../src/lib/decode/number.ts';
import { published, type Value, type Values } from './value.ts';

/** A run's figures as engine/train writes them (tidar_train/evaluate.py). */
interface Results {
	/** 'tidar-smollm2-135m-v1.q8' */
	readonly checkpoint: string;
	readonly sha256: string;
	readonly runs: readonly Run[];
}
interface Run {
	readonly prompts: number;
	readonly drafts: Readonly<
		Record<string, Readonly<Record<string, Readonly<Record<string, Drafts>>>>>
	>;
	readonly close: Readonly<
		Record<string, Readonly<Record<string, { readonly agreement: number }>>>
	>;
}
interface Drafts {
	readonly all: number;
	readonly without_loops: number;
	readonly standard_error: number;
	readonly by_kind: Readonly<Record<string, number>>;
	readonly tokens_a_pass_histogram?: readonly number[];
}

const folder = 'engine/train/results';
const versionOf = ({ checkpoint }: Pick<Results, 'checkpoint'>) =>
	/-(v\d+)\./.exec(checkpoint)?.[1] ?? checkpoint;

/** The results of every run that was evaluated, the oldest first. */
function all(): Results[] {
	return readdirSync(folder)
		.filter((name) => /^v\d+\.json$/.test(name))
		.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
		.map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Results);
}

/** Those of the weights that the site ships; of the last run where it ships none. */
function released(): Results {
	const results = all();
	const file = 'static/models/tidar-smollm2-135m/manifest.json';
	const last = results.at(-1)!;
	if (!existsSync(file)) return last;
	const { checkpoint, evaluation } = JSON.parse(readFileSync(file, 'utf8')) as {
		checkpoint: { sha256: string };
		evaluation?: Results;
	};
	return results.find(({ sha256 }) => sha256 === checkpoint.sha256) ?? evaluation ?? last;
}

/** Of the run with the most prompts, as the weights are served: 4-bit, greedy. */
function served(results: Results): { run: Run; drafts: Readonly<Record<string, Drafts>> } {
	const runs = results.runs.filter(({ drafts }) => drafts['4-bit']?.['temperature 0']);
	const run = runs.reduce((a, b) => (b.prompts > a.prompts ? b : a));
	return { run, drafts: run.drafts['4-bit']!['temperature 0']! };
}

const kindsInChinese: Readonly<Record<string, string>> = { code: '写代码', stories: '写故事' };

function reached(results: Results, k: 4 | 8 | 16, kind?: string): Value {
	const { run, drafts } = served(results);
	const found = drafts[`k${k}`]!;
	return {
		value: kind ? found.by_kind[kind]! : found.without_loops,
		unit: 'tokens',
		how: {
			en: `${versionOf(results)}, k = ${k}, ${run.prompts} held-out prompts${kind ? `, those that ask for ${kind}` : ''}, greedy, answers that do not loop`,
			zh: `${versionOf(results)}，k = ${k}，${run.prompts} 个留出的提示词${kind ? `，其中要${kindsInChinese[kind]}的` : ''}，贪心，不计循环的回答`
		},
		source: 'training'
	};
}

/** The log of the run that made the shipped weights; of the last run where it left none. */
function log(): { run: string; events: Record<string, unknown>[] } {
	const runs = readdirSync(`${folder}/logs`)
		.flatMap((name) => /^(v\d+)-train\.jsonl$/.exec(name)?.[1] ?? [])
		.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
	const version = versionOf(released());
	const run = runs.includes(version) ? version : runs.at(-1)!;
	const lines = readFileSync(`${folder}/logs/${run}-train.jsonl`, 'utf8').trim().split('\n');
	return { run, events: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
const CONTEXT = 1024;
/** Millions of tokens of text that the run read, as its log has it. */
function budget(): { millions: number; how: string } {
	const { events } = log();
	const begin = events.find(({ event }) => event === 'begin')!;
	const last = events.findLast(({ event }) => event === 'train')!;
	const rows = Number(/rows=(\d+)/.exec(String(begin.plan))![1]);
	const [ranks, steps] = [Number(begin.ranks), Number(last.step)];
	return {
		millions: (ranks * rows * CONTEXT * steps) / 1e6,
		how: `${steps} × ${ranks} × ${rows} × ${CONTEXT}`
	};
}

/** The acceptance at which k drafts bring so many tokens. */
function acceptanceFor(tokens: number, k: number): number {
	let [low, high] = [0, 1];
	for (let i = 0; i < 50; i++) {
		const middle = (low + high) / 2;
		if (tidarTokens(middle, k) < tokens) low = middle;
		else high = middle;
	}
	return low;
}

/** Numbers of lesson 15. */
export const training: Values = {
	'train.tokens4': () => reached(released(), 4),
	'train.tokens8': () => reached(released(), 8),
	'train.tokens16': () => reached(released(), 16),
	'train.code': () => reached(released(), 8, 'code'),
	'train.stories': () => reached(released(), 8, 'stories'),
	'train.first': () => reached(all()[0]!, 8),
	'train.run': () => {
		const { run } = log();
		return {
			value: Number(run.slice(1)),
			unit: '',
			how: `engine/train/results/logs/${run}-train.jsonl`,
			source: 'training',
			text: run
		};
	},
	'train.error': () => {
		const { drafts } = served(released());
		return {
			value: drafts.k8!.standard_error,
			unit: '',
			how: { en: 'standard error of the mean over prompts', zh: '各提示词平均值的标准误' },
			source: 'training',
			text: drafts.k8!.standard_error.toFixed(2)
		};
	},
	'train.single': () => {
		const counts = served(released()).drafts.k8!.tokens_a_pass_histogram!;
		const passes = counts.reduce((a, b) => a + b, 0);
		return {
			value: (100 * counts[0]!) / passes,
			unit: '%',
			how: `${counts[0]} ÷ ${passes}`,
			source: 'training'
		};
	},
	'train.acceptance': () => {
		const { value } = reached(released(), 8);
		return {
			value: 100 * acceptanceFor(value, 8),
			unit: '%',
			how: `(1 − α⁸) ÷ (1 − α) = ${digits(value)}`,
			source: 'leviathan',
			text: String(Math.round(100 * acceptanceFor(value, 8)))
		};
	},
	'train.acceptancePaper': () => ({
		value: 100 * acceptanceFor(5.49, 8),
		unit: '%',
		how: '(1 − α⁸) ÷ (1 − α) = 5.49',
		source: 'leviathan',
		text: String(Math.round(100 * acceptanceFor(5.49, 8)))
	}),
	'train.millions': () => {
		const { millions, how } = budget();
		return { value: millions, unit: 'M tokens', how, source: 'training' };
	},
	'train.less': () => {
		const { millions } = budget();
		return {
			value: 50e3 / millions,
			unit: '×',
			how: `50 × 10⁹ ÷ ${digits(millions)} × 10⁶`,
			source: 'training',
			text: digits(Math.round(50e3 / millions / 10) * 10)
		};
	},
	'train.minutes': () => {
		const { events } = log();
		const begin = events[0]!;
		// A run that was interrupted begins again, and counts its seconds anew.
		const ends = events.filter((_, i) => (events[i + 1] ?? begin).event === 'begin');
		const seconds = ends.reduce((sum, end) => sum + Number(end.seconds), 0);
		return {
			value: seconds / 60,
			unit: 'minutes',
			how: {
				en: `${Math.round(seconds)} s on ${Number(begin.ranks)} GPUs`,
				zh: `${Number(begin.ranks)} 块 GPU，${Math.round(seconds)} 秒`
			},
			source: 'training',
			text: String(Math.round(seconds / 60))
		};
	},
	'paper.small': () => published(50, 'B tokens', 'TiDAR 1.5B', 'TiDAR 1.5B'),
	'paper.large': () => published(150, 'B tokens', 'TiDAR 8B', 'TiDAR 8B'),
	'paper.someMasks': () =>
		published(5.22, '', 'a random share of masks, 8 drafts', '随机比例的掩码，8 个草稿'),
	'paper.someQuality': () => published(45.68, '', 'a random share of masks', '随机比例的掩码'),
	'paper.allQuality': () => published(48.94, '', 'masks throughout', '全部为掩码')
};
