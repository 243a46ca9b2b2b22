import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, fromConfig } from '../../../engine/models/index.ts';
import { assetsOf, parseManifest } from '../../../engine/runtime/manifest.ts';
import { RuntimeError } from '../../../engine/runtime/errors.ts';
import { parseTrace, traceOfSession } from '../../../engine/timeline/index.ts';
import { acceptanceByPlace } from '../../../src/lib/decode/acceptance.ts';
import { tallyOf } from '../../../src/lib/decode/counters.ts';
import { parseSession } from '../../../src/lib/decode/parse.ts';
import { storyOf } from '../../../src/lib/decode/story.ts';
import { frameAt } from '../../../src/lib/decode/frame.ts';
import { merge, nothing, parseProgress } from '../../../src/lib/learn/progress.ts';
import { readNumber } from '../../../src/lib/learn/quiz.ts';
import {
	packMeasurement,
	parseMeasurement,
	unpackMeasurement
} from '../../../src/lib/measure/result.ts';
import { packLecture, parseLecture, unpackLecture } from '../../../src/lib/present/lecture.ts';
import { readyLecture, readyMadeIds } from '../../../src/lib/present/lectures.ts';
import { parseRace } from '../../../src/lib/race/file.ts';
import { parseList } from '../../../src/lib/offline/list.ts';
import { makeSession } from '../site/fixture.ts';
import { CASES, damaged, files, torn } from './foreign.ts';

/** Files that visitors open and servers send: each parser answers, or throws the one error that its comment names. */
const runs = { numRuns: CASES };

/** Checks `parse` on files that are nearly `document`, and that some of them are accepted and some refused. */
function meets(document: unknown, parse: (text: string) => boolean): void {
	const seen = new Set<boolean>();
	fc.assert(
		fc.property(files(document), (text) => {
			seen.add(parse(text));
		}),
		runs
	);
	expect(seen).toEqual(new Set([true, false]));
}

for (const decoder of ['tidar', 'tidar-tree', 'block'] as const) {
	test(`a recorded session (${decoder}), and what is drawn of it`, async () => {
		meets(await makeSession({ decoder, maxTokens: 6, k: 3, slots: 12 }), (text) => {
			const parsed = parseSession(text);
			if (!parsed.ok) return false;
			const { session } = parsed;
			session.steps.forEach((_, i) => frameAt(session, i, i % 2 ? 'accept' : 'slide'));
			for (let ordinal = 0; storyOf(session, ordinal); ordinal += 2);
			acceptanceByPlace(session.steps);
			tallyOf(session, session.steps.length - 1);
			traceOfSession(session);
			return true;
		});
	});
}

test("a model's config.json", () => {
	// The fields of the largest kind: experts and latent attention.
	const config = {
		hidden_size: 7168,
		num_hidden_layers: 61,
		num_attention_heads: 128,
		num_key_value_heads: 128,
		intermediate_size: 18432,
		vocab_size: 129280,
		tie_word_embeddings: false,
		n_routed_experts: 256,
		num_experts_per_tok: 8,
		moe_intermediate_size: 2048,
		n_shared_experts: 1,
		first_k_dense_replace: 3,
		q_lora_rank: 1536,
		kv_lora_rank: 512,
		qk_rope_head_dim: 64,
		qk_nope_head_dim: 128,
		v_head_dim: 128
	};
	meets(config, (text) => {
		try {
			fromConfig(text);
			return true;
		} catch (error) {
			if (error instanceof ConfigError) return false;
			throw error;
		}
	});
});

test('a manifest', () => {
	const whole = JSON.parse(readFileSync('tests/fixtures/tiny-model/manifest.json', 'utf8'));
	// One step of each recipe shows what hundreds would.
	const graphs = whole.graphs.map((graph: { data: { recipe: unknown[] } }) => ({
		...graph,
		data: { ...graph.data, recipe: graph.data.recipe.slice(0, 3) }
	}));
	meets({ ...whole, graphs }, (text) => {
		try {
			const manifest = parseManifest(text);
			for (const { name } of manifest.graphs) assetsOf(manifest, name);
			return true;
		} catch (error) {
			if (error instanceof RuntimeError && error.code === 'manifest') return false;
			throw error;
		}
	});
});

test('a trace, whole and cut', () => {
	const event = (more: object) => ({
		ph: 'X',
		ts: 1,
		dur: 5,
		pid: 1,
		tid: 7,
		name: 'gemm',
		...more
	});
	const short = {
		traceEvents: [
			{ ph: 'M', name: 'thread_name', pid: 1, tid: 7, args: { name: 'stream 7' } },
			{ ph: 'M', name: 'process_name', pid: '1', args: { name: 'GPU' } },
			event({ cat: 'kernel', args: { stream: 7, 'est. achieved occupancy %': 40 } }),
			event({ ts: 8, cat: 'gpu_memcpy', name: 'Memcpy DtoH' }),
			event({ ts: '20', tid: 'b', cat: 'cpu_op', name: 'aten::mm' }),
			{ ph: 'B', ts: 30, pid: 1, tid: 7, name: 'open' },
			{ ph: 'E', ts: 34, pid: 1, tid: 7 },
			{ ph: 'C', ts: 40, pid: 1, name: 'memory', args: { bytes: 12 } },
			{ ph: 'i', ts: 41, pid: 1, tid: 7, name: 'mark', s: 't' }
		],
		otherData: { generator: 'TiDAR Lab' }
	};
	meets(short, (text) => parseTrace(text).ok);
	fc.assert(
		fc.property(torn(JSON.stringify(short)), (text) => {
			parseTrace(text, true);
		}),
		runs
	);
});

test('a progress file, and what is merged with it', () => {
	const at = '2026-01-02T03:04:05.000Z';
	const quiz = {
		load: { right: true, tries: 2, answer: ['a', 'b'] },
		time: { right: false, tries: 1, answer: '3' }
	};
	const mine = { version: 1, lessons: { roofline: { read: true, at, quiz, guesses: { ms: 42 } } } };
	meets(mine, (text) => {
		const parsed = parseProgress(text, { old: 'roofline' });
		if (parsed.ok) merge(merge(nothing, parsed.progress), mine as typeof parsed.progress);
		return parsed.ok;
	});
});

test('a race', async () => {
	const sessions = [
		await makeSession({ maxTokens: 3, k: 2 }),
		await makeSession({ decoder: 'ar', maxTokens: 3 })
	];
	meets({ kind: 'race', version: 1, sessions }, (text) => parseRace(text).ok);
});

test('a lecture, as a file and in a link', () => {
	const lecture = readyLecture(readyMadeIds[0]!, 'en');
	meets(lecture, (text) => parseLecture(text).ok);
	fc.assert(
		fc.property(torn(packLecture(lecture)), (text) => {
			unpackLecture(text);
		}),
		runs
	);
});

test('a measurement, as a file and in a link', () => {
	const spread = { median: 2, low: 1, high: 3, n: 9 };
	const measured = {
		format: 'tidar-measurement',
		version: 1,
		date: '2026-01-02T03:04:05.000Z',
		browser: 'chromium 156',
		machine: {
			backend: 'webgpu',
			name: 'a GPU',
			software: false,
			f16: true,
			timestamps: true,
			subgroups: true,
			limits: { maxBufferSize: 1e9 },
			cores: 8,
			isolated: true
		},
		micro: { copy: spread, f32: spread, f16: spread, launch: spread, clock: 'wall', wrong: [] },
		slots: [
			{ slots: 1, k: 0, ...spread },
			{ slots: 72, k: 8, ...spread, gpu: 1 }
		],
		hidden: false
	};
	meets(measured, (text) => parseMeasurement(text) !== undefined);
	fc.assert(
		fc.property(torn(packMeasurement(parseMeasurement(JSON.stringify(measured))!)), (text) => {
			unpackMeasurement(text);
		}),
		runs
	);
});

test("the service worker's list", () => {
	meets(
		{
			version: '1',
			first: [
				['a.js', 1],
				['', 2]
			],
			used: [['x.wasm', 3]]
		},
		(text) => {
			try {
				parseList(text);
				return true;
			} catch (error) {
				expect((error as Error).message).toMatch(/^offline\.json is not a list of files\./);
				return false;
			}
		}
	);
});

test('numbers as people type them', () => {
	fc.assert(
		fc.property(fc.oneof(torn('-1,234,567.89e-3 %'), fc.string({ unit: 'binary' })), (text) => {
			const value = readNumber(text);
			if (value !== undefined) expect(value).toSatisfy(Number.isFinite);
		}),
		runs
	);
});

test('damage is damage: the generators change what they are given', () => {
	const document = { a: [1, 2, 3], b: { c: 'x' } };
	const whole = JSON.stringify(document);
	expect(fc.sample(damaged(document), 200).filter((text) => text !== whole).length).toBeGreaterThan(
		100
	);
});
