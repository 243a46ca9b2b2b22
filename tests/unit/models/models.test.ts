import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	cachedElements,
	ConfigError,
	expectedExperts,
	findModel,
	fromConfig,
	models,
	parameters,
	readConfig,
	shortConfig
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
	const read = (config: object) => fromConfig(JSON.stringify(config));
	const latent = {
		kv_lora_rank: 512,
		qk_rope_head_dim: 64,
		qk_nope_head_dim: 128,
		v_head_dim: 128
	};
	/** The shapes in the config.json of deepseek-ai/DeepSeek-V3 on huggingface.co. */
	const deepseek = {
		...latent,
		model_type: 'deepseek_v3',
		hidden_size: 7168,
		num_hidden_layers: 61,
		num_attention_heads: 128,
		num_key_value_heads: 128,
		vocab_size: 129280,
		intermediate_size: 18432,
		moe_intermediate_size: 2048,
		n_routed_experts: 256,
		n_shared_experts: 1,
		num_experts_per_tok: 8,
		first_k_dense_replace: 3,
		moe_layer_freq: 1,
		q_lora_rank: 1536,
		tie_word_embeddings: false
	};

	it('reads a dense model as the catalog has it', () => {
		const total = parameters(read(qwen)).total;
		expect(total / parameters(findModel('qwen3-8b')!).total).toBeCloseTo(1, 4);
	});

	it("reads DeepSeek-V3: latent attention, three dense layers, a shared expert; the catalog's own", () => {
		const [own, known] = [read(deepseek), findModel('deepseek-v3')!];
		expect(parameters(own)).toEqual(parameters(known));
		expect(own.kinds).toEqual(known.kinds);
		expect(own.layers).toEqual(known.layers);
	});

	it('reads DeepSeek-V2-Lite, whose queries are not compressed: 15.7 B, 2.4 B active', () => {
		// config.json of deepseek-ai/DeepSeek-V2-Lite on huggingface.co; parameters: its model card.
		const lite = read({
			...latent,
			hidden_size: 2048,
			num_hidden_layers: 27,
			num_attention_heads: 16,
			vocab_size: 102400,
			intermediate_size: 10944,
			moe_intermediate_size: 1408,
			n_routed_experts: 64,
			n_shared_experts: 2,
			num_experts_per_tok: 6,
			first_k_dense_replace: 1,
			q_lora_rank: null
		});
		const { total, active, embedding } = parameters(lite);
		expect(Math.abs(total / 15.7e9 - 1)).toBeLessThan(0.01);
		expect(Math.abs((active - embedding) / 2.4e9 - 1)).toBeLessThan(0.05);
	});

	it("reads Qwen1.5-MoE's shared expert by its own width: 14.3 B, 2.7 B active", () => {
		// config.json and model card of Qwen/Qwen1.5-MoE-A2.7B on huggingface.co.
		const { total, active } = parameters(
			read({
				hidden_size: 2048,
				num_hidden_layers: 24,
				num_attention_heads: 16,
				num_key_value_heads: 16,
				vocab_size: 151936,
				intermediate_size: 5632,
				moe_intermediate_size: 1408,
				shared_expert_intermediate_size: 5632,
				num_experts: 60,
				num_experts_per_tok: 4,
				decoder_sparse_step: 1,
				use_sliding_window: false,
				sliding_window: 32768
			})
		);
		expect(Math.abs(total / 14.3e9 - 1)).toBeLessThan(0.01);
		expect(Math.abs(active / 2.7e9 - 1)).toBeLessThan(0.01);
	});

	it('reads experts and sliding windows', () => {
		const model = read({
			...qwen,
			num_hidden_layers: 2,
			num_experts: 16,
			num_experts_per_tok: 4,
			moe_intermediate_size: 512,
			sliding_window: 128,
			layer_types: ['sliding_attention', 'full_attention']
		});
		expect(model.kinds[0]!.mlp).toMatchObject({ kind: 'moe', experts: 16, active: 4, width: 512 });
		expect(model.layers).toEqual([0, 1]);
		expect(model.kinds[0]!.attention).toMatchObject({ window: 128 });
		expect(model.kinds[1]!.attention).not.toHaveProperty('window');
	});

	it.each([
		[{ sliding_window: 512 }, 36],
		[{ sliding_window: 512, use_sliding_window: false }, 0],
		[{ sliding_window: 512, sliding_window_pattern: 6 }, 30],
		[{ sliding_window: 512, model_type: 'gemma2' }, 18],
		[{ sliding_window: null }, 0]
	])('%o: %i of 36 layers slide', (more, sliding) => {
		const { kinds, layers } = read({ ...qwen, ...more });
		const windows = layers.filter((kind) => 'window' in kinds[kind]!.attention);
		expect(windows).toHaveLength(sliding);
	});

	it('reads what surrounds a text model, and gemma ties its embedding', () => {
		const text = { ...qwen, model_type: 'gemma3_text' };
		expect(read({ model_type: 'gemma3', text_config: text, vision_config: {} }).tied).toBe(true);
		expect(read(qwen).tied).toBe(false);
	});

	it('shortConfig(config) keeps what matters, and reads back as the same', () => {
		const noisy = JSON.stringify({ ...deepseek, torch_dtype: 'bfloat16', architectures: ['X'] });
		const short = shortConfig(readConfig(noisy));
		expect(short).not.toContain('bfloat16');
		expect(shortConfig(readConfig(short))).toBe(short);
		expect(fromConfig(short)).toEqual(fromConfig(noisy));
	});

	it.each([
		['{', 'not JSON'],
		['[]', "'hidden_size' is missing"],
		['7', 'must be an object'],
		['null', 'must be an object'],
		[JSON.stringify({ ...qwen, vocab_size: undefined }), "'vocab_size' is missing"],
		[JSON.stringify({ ...qwen, hidden_size: -1 }), "'hidden_size' must be at least 1"],
		[JSON.stringify({ ...qwen, hidden_size: '4096' }), "'hidden_size' is not a number"],
		[JSON.stringify({ ...qwen, hidden_size: 1e300 }), "'hidden_size' is too large"],
		[JSON.stringify({ ...qwen, num_hidden_layers: 1.5 }), 'must be a whole number'],
		[JSON.stringify({ ...qwen, num_hidden_layers: 1e9 }), 'too large (at most 1000)'],
		[JSON.stringify({ ...qwen, num_key_value_heads: 5 }), 'no multiple'],
		[JSON.stringify({ ...qwen, head_dim: null, num_attention_heads: 31 }), 'no multiple'],
		[JSON.stringify({ ...qwen, intermediate_size: null }), "'intermediate_size' is missing"],
		[JSON.stringify({ ...qwen, num_experts: 8 }), "'num_experts_per_tok' is missing"],
		[JSON.stringify({ ...qwen, kv_lora_rank: 512 }), "'qk_rope_head_dim' is missing"],
		[JSON.stringify({ ...qwen, tie_word_embeddings: 'yes' }), 'must be true or false'],
		[JSON.stringify({ ...qwen, layer_types: 'full' }), 'must be a list'],
		[JSON.stringify({ ...qwen, sliding_window: 9, layer_types: ['full'] }), 'fewer entries'],
		['{"__proto__": {"hidden_size": 1}}', "'hidden_size' is missing"]
	])('says what is wrong with %s', (text, sentence) => {
		expect(() => fromConfig(text)).toThrow(ConfigError);
		expect(() => fromConfig(text)).toThrow(sentence);
	});

	it('names every field that is missing at once', () => {
		expect(() => fromConfig('{}')).toThrow(/hidden_size.*num_hidden_layers.*vocab_size/);
	});

	it('takes any text: a model, or a ConfigError', () => {
		const field = fc.constantFrom(...Object.keys(deepseek), ...Object.keys(qwen), 'layer_types');
		const texts = fc.oneof(
			fc.string(),
			fc.json(),
			fc
				.dictionary(field, fc.oneof(fc.jsonValue(), fc.integer({ min: 0, max: 300 })))
				.map((odd) => JSON.stringify({ ...deepseek, ...odd }))
		);
		fc.assert(
			fc.property(texts, (text) => {
				try {
					expect(Number.isFinite(parameters(fromConfig(text)).total)).toBe(true);
				} catch (error) {
					expect(error).toBeInstanceOf(ConfigError);
				}
			}),
			{ numRuns: 500 }
		);
	});
});
