import * as v from 'valibot';
import { repeat, type LayerKind, type Mlp, type Model } from './model.ts';

const count = (name: string, max = 1e7) =>
	v.pipe(
		v.number(`config.json: '${name}' is missing or not a number.`),
		v.integer(`config.json: '${name}' must be a whole number.`),
		v.minValue(1, `config.json: '${name}' must be at least 1.`),
		v.maxValue(max, `config.json: '${name}' is too large (at most ${max}).`)
	);

const schema = v.object(
	{
		hidden_size: count('hidden_size', 1e6),
		num_hidden_layers: count('num_hidden_layers', 1000),
		num_attention_heads: count('num_attention_heads', 4096),
		vocab_size: count('vocab_size'),
		intermediate_size: v.optional(count('intermediate_size')),
		num_key_value_heads: v.nullish(count('num_key_value_heads', 4096)),
		head_dim: v.nullish(count('head_dim', 4096)),
		tie_word_embeddings: v.optional(v.boolean(), false),
		num_experts: v.nullish(count('num_experts', 4096)),
		num_local_experts: v.nullish(count('num_local_experts', 4096)),
		num_experts_per_tok: v.nullish(count('num_experts_per_tok', 4096)),
		moe_intermediate_size: v.nullish(count('moe_intermediate_size')),
		sliding_window: v.nullish(count('sliding_window')),
		layer_types: v.nullish(v.array(v.string())),
		kv_lora_rank: v.nullish(count('kv_lora_rank'))
	},
	'config.json must be an object with the shapes of a model.'
);

/** A missing field is reported by the object, without the field's own message. */
function sentence(issue: v.BaseIssue<unknown>): string {
	const key = issue.path?.[0]?.key;
	return issue.input === undefined && key !== undefined
		? `config.json: '${String(key)}' is missing.`
		: issue.message;
}

/** A pasted config.json could not be used; the message names the field. */
export class ConfigError extends Error {}

/**
 * A model from the text of a Hugging Face config.json: dense or mixture of experts with grouped
 * queries, with or without sliding windows.
 * @throws ConfigError naming every field that is missing or wrong.
 */
export function fromConfig(text: string, id = 'custom'): Model {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new ConfigError(`config.json is not JSON: ${(error as Error).message}`);
	}
	const nested = (json as { text_config?: unknown } | null)?.text_config;
	const parsed = v.safeParse(schema, nested ?? json);
	if (!parsed.success) {
		throw new ConfigError([...new Set(parsed.issues.map(sentence))].join(' '));
	}
	const c = parsed.output;
	if (c.kv_lora_rank) {
		throw new ConfigError(
			"config.json: latent attention ('kv_lora_rank') cannot be pasted yet; choose deepseek-v3."
		);
	}
	const heads = c.num_attention_heads;
	if (!c.head_dim && c.hidden_size % heads) {
		throw new ConfigError(
			`config.json: 'hidden_size' ${c.hidden_size} is no multiple of 'num_attention_heads' ${heads}; give 'head_dim'.`
		);
	}
	const kvHeads = c.num_key_value_heads ?? heads;
	if (heads % kvHeads) {
		throw new ConfigError(
			`config.json: 'num_attention_heads' ${heads} is no multiple of 'num_key_value_heads' ${kvHeads}.`
		);
	}
	const experts = c.num_experts ?? c.num_local_experts;
	const width = experts ? (c.moe_intermediate_size ?? c.intermediate_size) : c.intermediate_size;
	if (!width) throw new ConfigError("config.json: 'intermediate_size' is missing.");
	if (experts && !c.num_experts_per_tok) {
		throw new ConfigError("config.json: 'num_experts_per_tok' is missing.");
	}
	const mlp: Mlp = experts
		? { kind: 'moe', experts, active: Math.min(experts, c.num_experts_per_tok ?? 1), width }
		: { kind: 'dense', width };
	const attention = {
		kind: 'gqa' as const,
		heads,
		kvHeads,
		headDim: c.head_dim ?? c.hidden_size / heads
	};
	const full: LayerKind = { attention, mlp };
	const sliding = c.layer_types?.map((t) => t.startsWith('sliding'));
	const kinds: LayerKind[] = [full];
	let layers = repeat(c.num_hidden_layers);
	if (c.sliding_window && sliding?.some(Boolean)) {
		kinds.push({ attention: { ...attention, window: c.sliding_window }, mlp });
		layers = layers.map((_, i) => (sliding[i] ? 1 : 0));
	}
	return {
		id,
		name: 'Custom model',
		hidden: c.hidden_size,
		vocab: c.vocab_size,
		tied: c.tie_word_embeddings,
		kinds,
		layers,
		source: 'pasted config.json'
	};
}
