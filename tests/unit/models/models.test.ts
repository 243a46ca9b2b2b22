import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	cachedElements,
	ConfigError,
	expectedExperts,
	findModel,
	fromConfig,
	models,
	parameters
} from '../../../engine/models/index.ts';

describe('models', () => {
	it('are at least fourteen, with unique ids', () => {
		expect(models.length).toBeGreaterThanOrEqual(14);
		expect(new Set(models.map((m) => m.id)).size).toBe(models.length);
	});

	it.each(models.map((m) => [m.id, m] as const))(
		'%s: parameters from shapes are within 1 %% of the published ones',
		(_, m) => {
			const { total } = parameters(m);
			expect(Math.abs(total / 1e9 / m.published!.billions - 1)).toBeLessThan(0.01);
		}
	);

	it.each([
		['qwen3-30b-a3b', 3.3],
		['qwen3-235b-a22b', 22],
		['mixtral-8x7b', 12.9],
		['deepseek-v3', 37],
		['gpt-oss-120b', 5.1]
	])('%s: active parameters as published, %f B', (id, billions) => {
		const { active, embedding } = parameters(findModel(id)!);
		// Some count the input embedding, some do not.
		const near = [active, active - embedding].map((x) => Math.abs(x / 1e9 / billions - 1));
		expect(Math.min(...near)).toBeLessThan(0.03);
	});

	it('SmolLM2 135M has exactly 134 515 008 parameters', () => {
		expect(parameters(findModel('smollm2-135m')!).total).toBe(134515008);
	});

	it('cachedElements: 2 x 8 x 128 for grouped queries, 512 + 64 for a latent', () => {
		expect(cachedElements(findModel('qwen3-8b')!.kinds[0]!.attention)).toBe(2048);
		expect(cachedElements(findModel('deepseek-v3')!.kinds[0]!.attention)).toBe(576);
	});
});

describe('expectedExperts(experts, active, tokens)', () => {
	it('is the active ones for a single token, and by hand 8 (1 - 0.75^2) for two', () => {
		expect(expectedExperts(128, 8, 1)).toBeCloseTo(8, 10);
		expect(expectedExperts(8, 2, 2)).toBeCloseTo(3.5, 10);
	});

	it('grows with tokens and never passes the number of experts', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 5000 }), (e, n) => {
				const active = Math.ceil(e / 4);
				const touched = expectedExperts(e, active, n);
				expect(touched).toBeLessThanOrEqual(e);
				expect(expectedExperts(e, active, n + 1)).toBeGreaterThanOrEqual(touched);
			})
		);
	});
});

describe('fromConfig(text)', () => {
	const qwen = {
		hidden_size: 4096,
		num_hidden_layers: 36,
		num_attention_heads: 32,
		num_key_value_heads: 8,
		head_dim: 128,
		intermediate_size: 12288,
		vocab_size: 151936
	};

	it('reads a dense model as the catalog has it', () => {
		const read = fromConfig(JSON.stringify(qwen));
		expect(parameters(read).total / parameters(findModel('qwen3-8b')!).total).toBeCloseTo(1, 4);
	});

	it('reads experts and sliding windows', () => {
		const read = fromConfig(
			JSON.stringify({
				...qwen,
				num_hidden_layers: 2,
				num_experts: 16,
				num_experts_per_tok: 4,
				moe_intermediate_size: 512,
				sliding_window: 128,
				layer_types: ['sliding_attention', 'full_attention']
			})
		);
		expect(read.kinds[0]!.mlp).toMatchObject({ kind: 'moe', experts: 16, active: 4, width: 512 });
		expect(read.layers).toEqual([1, 0]);
		expect(read.kinds[1]!.attention).toMatchObject({ window: 128 });
	});

	it.each([
		['{', 'not JSON'],
		['[]', "'hidden_size' is missing"],
		['7', 'must be an object'],
		[JSON.stringify({ ...qwen, vocab_size: undefined }), "'vocab_size' is missing"],
		[JSON.stringify({ ...qwen, hidden_size: -1 }), "'hidden_size' must be at least 1"],
		[JSON.stringify({ ...qwen, num_key_value_heads: 5 }), 'no multiple'],
		[JSON.stringify({ ...qwen, kv_lora_rank: 512 }), 'latent attention']
	])('says what is wrong with %s', (text, sentence) => {
		expect(() => fromConfig(text)).toThrow(ConfigError);
		expect(() => fromConfig(text)).toThrow(sentence);
	});
});
