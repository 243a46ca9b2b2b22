import { describe, expect, test } from 'vitest';
import { decode, defaults, type Settings } from '../../../engine/decode/index.ts';
import { distribution } from '../../../engine/sampler/index.ts';
import {
	FeatureTableForward,
	randomTable,
	TableForward,
	TableHead,
	type Table
} from '../../fakes/table-forward.ts';

const V = 3;
const LENGTH = 3;
const SAMPLES = 100_000;
/** Of further settings of the same decoders. */
const FEWER = 20_000;
const table = remembered(randomTable(V, 4, 0.5));
/** Of a smaller model, or a head: like the table in part. */
const own = randomTable(V, 77);
const rough = remembered((context) => {
	const other = own(context);
	return table(context).map((value, i) => 0.6 * value + 0.4 * other[i]!);
});

/** The same answers to the same questions, of which there are few. */
function remembered(asked: Table): Table {
	const known = new Map<string, readonly number[]>();
	return (context, mask = 0) => {
		const key = `${context.join()} ${mask}`;
		const answer = known.get(key) ?? asked(context, mask || undefined);
		known.set(key, answer);
		return answer;
	};
}

/** Probability of every answer of LENGTH tokens under AR sampling, by enumeration. */
function enumerate(temperature: number, topP: number): Map<string, number> {
	let paths = new Map([['', { tokens: [] as number[], p: 1 }]]);
	for (let i = 0; i < LENGTH; i++) {
		const longer: typeof paths = new Map();
		for (const { tokens, p } of paths.values()) {
			distribution(table([0, ...tokens]), temperature, topP).forEach((share, token) => {
				if (share > 0)
					longer.set([...tokens, token].join(), { tokens: [...tokens, token], p: p * share });
			});
		}
		paths = longer;
	}
	return new Map(Array.from(paths, ([path, { p }]) => [path, p]));
}

async function sample(settings: Partial<Settings>, samples: number): Promise<Map<string, number>> {
	const counts = new Map<string, number>();
	for (let seed = 0; seed < samples; seed++) {
		const model = { name: 'table', vocabulary: V, mask: 9, end: 9, capacity: 64 };
		const forward = new FeatureTableForward(table, model);
		const helpers = { draft: new TableForward(rough, model), head: new TableHead(rough) };
		const run = { ...defaults, ...settings, seed, maxTokens: LENGTH };
		const answer: number[] = [];
		for await (const { emitted } of decode(forward, [0], run, undefined, helpers)) {
			answer.push(...emitted);
		}
		const path = answer.join();
		counts.set(path, (counts.get(path) ?? 0) + 1);
	}
	return counts;
}

/** Pearson's statistic; its mean is the number of outcomes - 1, its variance twice that. */
function chiSquare(
	expected: Map<string, number>,
	counts: Map<string, number>,
	samples: number
): number {
	return Array.from(expected).reduce((sum, [path, p]) => {
		const wanted = p * samples;
		return sum + ((counts.get(path) ?? 0) - wanted) ** 2 / wanted;
	}, 0);
}

/** Half the sum of differences of the shares, and what sampling alone leaves of it on average. */
function totalVariation(
	expected: Map<string, number>,
	counts: Map<string, number>,
	samples: number
): { found: number; noise: number } {
	let [found, noise] = [0, 0];
	for (const [path, p] of expected) {
		found += Math.abs((counts.get(path) ?? 0) / samples - p) / 2;
		// The mean of |x| of a normal distribution.
		noise += Math.sqrt((2 / Math.PI) * ((p * (1 - p)) / samples)) / 2;
	}
	return { found, noise };
}

describe(`${FEWER} or ${SAMPLES} answers of ${LENGTH} tokens are distributed as AR sampling, by enumeration`, () => {
	test.each([
		{ decoder: 'ar', temperature: 1, topP: 1, samples: FEWER },
		{ decoder: 'tidar', k: 3, temperature: 1, topP: 1, samples: SAMPLES },
		{ decoder: 'tidar', k: 2, temperature: 0.7, topP: 1, samples: FEWER },
		{ decoder: 'tidar', k: 4, temperature: 1, topP: 0.8, samples: FEWER },
		{ decoder: 'tidar-tree', k: 3, slots: 24, temperature: 1, topP: 1, samples: FEWER },
		{ decoder: 'tidar-tree', k: 2, slots: 9, temperature: 0.7, topP: 0.8, samples: SAMPLES },
		{ decoder: 'speculative', gamma: 2, temperature: 1, topP: 1, samples: SAMPLES },
		{ decoder: 'speculative', gamma: 4, temperature: 0.7, topP: 0.8, samples: FEWER },
		{ decoder: 'eagle3', gamma: 2, temperature: 1, topP: 1, samples: SAMPLES },
		{ decoder: 'eagle3', gamma: 4, temperature: 0.7, topP: 0.8, samples: FEWER },
		{ decoder: 'lookup', gamma: 2, temperature: 1, topP: 1, samples: FEWER }
	] as const)(
		'$decoder, k = $k, gamma = $gamma, temperature $temperature, top-p $topP',
		async ({ samples, ...settings }) => {
			const expected = enumerate(settings.temperature, settings.topP);
			const counts = await sample(settings, samples);
			for (const path of counts.keys()) expect(expected.has(path)).toBe(true);
			const freedom = expected.size - 1;
			// Four standard deviations: with these fixed seeds it passes or fails, always the same.
			expect(chiSquare(expected, counts, samples)).toBeLessThan(
				freedom + 4 * Math.sqrt(2 * freedom)
			);
			const { found, noise } = totalVariation(expected, counts, samples);
			expect(found).toBeLessThan(2 * noise);
		}
	);

	test('trust diffusion is another distribution: the test can tell', async () => {
		const expected = enumerate(1, 1);
		const counts = await sample({ decoder: 'tidar', k: 3, temperature: 1, beta: 0 }, FEWER);
		const freedom = expected.size - 1;
		expect(chiSquare(expected, counts, FEWER)).toBeGreaterThan(
			freedom + 20 * Math.sqrt(2 * freedom)
		);
	});
});
