import * as v from 'valibot';
import type { Attention, GroupedAttention, LayerKind, Mlp, Model } from './model.ts';

/** One thing that is wrong with a config.json, for whoever puts it into words. */
export interface ConfigIssue {
	/** The field's name; empty where the text as a whole is meant. */
	readonly field: string;
	readonly problem:
		| 'not JSON'
		| 'not an object'
		| 'missing'
		| 'not a number'
		| 'not whole'
		| 'too small'
		| 'too large'
		| 'not true or false'
		| 'not a name'
		| 'not a list of layer types'
		| 'too few'
		| 'no multiple';
	/** What `field` was compared with: a limit or another field. */
	readonly than?: string;
}

/** An issue as a sentence. */
function sentence({ field, problem, than }: ConfigIssue): string {
	switch (problem) {
		case 'not JSON':
			return `config.json is not JSON: ${than}`;
		case 'not an object':
			return 'config.json must be an object with the shapes of a model.';
		case 'missing':
			return `config.json: '${field}' is missing.`;
		case 'not a number':
			return `config.json: '${field}' is not a number.`;
		case 'not whole':
			return `config.json: '${field}' must be a whole number.`;
		case 'too small':
			return `config.json: '${field}' must be at least ${than}.`;
		case 'too large':
			return `config.json: '${field}' is too large (at most ${than}).`;
		case 'not true or false':
			return `config.json: '${field}' must be true or false.`;
		case 'not a name':
			return `config.json: '${field}' must be text in quotes.`;
		case 'not a list of layer types':
			return `config.json: '${field}' must be a list of names such as "full_attention".`;
		case 'too few':
			return `config.json: '${field}' has fewer entries than there are layers (${than}).`;
		case 'no multiple':
			return `config.json: '${field}' is no multiple of '${than}'.`;
	}
}

/** A config.json could not be used; `issues` has every field that is missing or wrong, the message says so. */
export class ConfigError extends Error {
	readonly issues: readonly ConfigIssue[];
	constructor(issues: readonly ConfigIssue[]) {
		super(issues.map(sentence).join(' '));
		this.issues = issues;
	}
}

const problem = (problem: ConfigIssue['problem'], than?: number) =>
	JSON.stringify({ problem, than });
const count = (most: number, least = 1) =>
	v.pipe(
		v.number(problem('not a number')),
		v.integer(problem('not whole')),
		v.minValue(least, problem('too small', least)),
		v.maxValue(most, problem('too large', most))
	);
const flag = () => v.boolean(problem('not true or false'));
const MOST_LAYERS = 1000;
const heads = count(4096);
const width = count(1e7);
const rank = count(1e5);

/** The fields of a Hugging Face config.json that decide what a step costs. */
const schema = v.object(
	{
		model_type: v.nullish(v.string(problem('not a name'))),
		hidden_size: count(1e6),
		num_hidden_layers: count(MOST_LAYERS),
		num_attention_heads: heads,
		vocab_size: width,
		intermediate_size: v.nullish(width),
		num_key_value_heads: v.nullish(heads),
		head_dim: v.nullish(heads),
		tie_word_embeddings: v.nullish(flag()),
		sliding_window: v.nullish(count(1e8)),
		use_sliding_window: v.nullish(flag()),
		sliding_window_pattern: v.nullish(count(MOST_LAYERS)),
		layer_types: v.nullish(
			v.array(v.string(problem('not a list of layer types')), problem('not a list of layer types'))
		),
		// Mixture of experts, by the names of the families.
		num_experts: v.nullish(heads),
		num_local_experts: v.nullish(heads),
		n_routed_experts: v.nullish(heads),
		num_experts_per_tok: v.nullish(heads),
		moe_intermediate_size: v.nullish(width),
		n_shared_experts: v.nullish(count(4096, 0)),
		shared_expert_intermediate_size: v.nullish(count(1e7, 0)),
		first_k_dense_replace: v.nullish(count(MOST_LAYERS, 0)),
		moe_layer_freq: v.nullish(count(MOST_LAYERS)),
		decoder_sparse_step: v.nullish(count(MOST_LAYERS)),
		// Latent attention.
		q_lora_rank: v.nullish(rank),
		kv_lora_rank: v.nullish(rank),
		qk_rope_head_dim: v.nullish(heads),
		qk_nope_head_dim: v.nullish(heads),
		v_head_dim: v.nullish(heads)
	},
	problem('not an object')
);
export type Config = v.InferOutput<typeof schema>;

/** Valibot reports a missing field by its object, and every other problem with the words given above. */
function issueOf(issue: v.BaseIssue<unknown>): ConfigIssue {
	const field = String(issue.path?.[0]?.key ?? '');
	if (issue.input === undefined && field) return { field, problem: 'missing' };
	const { problem, than } = JSON.parse(issue.message);
	return { field, problem, than: than === undefined ? undefined : String(than) };
}

/**
 * The fields of a config.json that matter, checked one by one. A multimodal model's are in its 'text_config'.
 * @throws ConfigError naming every field that is missing or wrong.
 */
export function readConfig(text: string): Config {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new ConfigError([{ field: '', problem: 'not JSON', than: (error as Error).message }]);
	}
	const nested = (json as { text_config?: unknown } | null)?.text_config;
	const parsed = v.safeParse(schema, nested ?? json);
	if (parsed.success) return parsed.output;
	const issues = new Map(parsed.issues.map(issueOf).map((issue) => [issue.field, issue]));
	throw new ConfigError([...issues.values()]);
}

/** A config as short JSON: only the fields that matter and are given. `readConfig` reads it back. */
export const shortConfig = (config: Config): string =>
	JSON.stringify(config, (_, value) => value ?? undefined);

/** The field's value. @throws ConfigError when it is not given. */
function need<K extends keyof Config>(c: Config, field: K): NonNullable<Config[K]> {
	const value = c[field];
	if (value === null || value === undefined) {
		throw new ConfigError([{ field, problem: 'missing' }]);
	}
	return value;
}

const noMultiple = (field: keyof Config, than: keyof Config) =>
	new ConfigError([{ field, problem: 'no multiple', than }]);

function attentionOf(c: Config): Attention {
	const heads = c.num_attention_heads;
	if (c.kv_lora_rank) {
		return {
			kind: 'mla',
			heads,
			queryRank: c.q_lora_rank ?? 0,
			latent: c.kv_lora_rank,
			rope: need(c, 'qk_rope_head_dim'),
			nope: need(c, 'qk_nope_head_dim'),
			value: need(c, 'v_head_dim')
		};
	}
	if (!c.head_dim && c.hidden_size % heads) {
		throw noMultiple('hidden_size', 'num_attention_heads');
	}
	const kvHeads = c.num_key_value_heads ?? heads;
	if (heads % kvHeads) {
		throw noMultiple('num_attention_heads', 'num_key_value_heads');
	}
	return { kind: 'gqa', heads, kvHeads, headDim: c.head_dim ?? c.hidden_size / heads };
}

const dense = (c: Config): Mlp => ({ kind: 'dense', width: need(c, 'intermediate_size') });

/** What a layer's MLP is, by its number. */
function mlpOf(c: Config): (layer: number) => Mlp {
	const experts = c.n_routed_experts ?? c.num_experts ?? c.num_local_experts;
	if (!experts) {
		const mlp = dense(c);
		return () => mlp;
	}
	const width = c.moe_intermediate_size ?? need(c, 'intermediate_size');
	const moe: Mlp = {
		kind: 'moe',
		experts,
		active: Math.min(experts, need(c, 'num_experts_per_tok')),
		width,
		sharedWidth: c.shared_expert_intermediate_size ?? (c.n_shared_experts ?? 0) * width
	};
	const first = c.first_k_dense_replace ?? 0;
	const [every, offset] = c.decoder_sparse_step
		? [c.decoder_sparse_step, 1]
		: [c.moe_layer_freq ?? 1, 0];
	return (layer) => (layer >= first && (layer + offset) % every === 0 ? moe : dense(c));
}

/** Layers between those that see everything, where a family's configs do not say it. */
const patterns: Record<string, number> = { gemma2: 2, gemma3: 6, gemma3_text: 6 };

/** Whether a layer looks back no further than the window, by its number. */
function slides(c: Config): (layer: number) => boolean {
	if (!c.sliding_window || c.use_sliding_window === false) return () => false;
	const types = c.layer_types;
	if (types) {
		if (types.length < c.num_hidden_layers) {
			throw new ConfigError([
				{ field: 'layer_types', problem: 'too few', than: String(c.num_hidden_layers) }
			]);
		}
		return (layer) => types[layer]!.startsWith('sliding');
	}
	const every = c.sliding_window_pattern ?? patterns[c.model_type ?? ''];
	return every ? (layer) => (layer + 1) % every !== 0 : () => true;
}

/**
 * A model from the fields of its config.json: dense or mixture of experts (shared ones too), grouped queries with or
 * without sliding windows, or latent attention.
 * @throws ConfigError naming the field that is missing or does not go with another.
 */
export function modelOfConfig(c: Config, id = 'custom', name = 'Custom model'): Model {
	const attention = attentionOf(c);
	const mlp = mlpOf(c);
	const windowed = slides(c);
	const kinds: LayerKind[] = [];
	const seen = new Map<string, number>();
	const layers = Array.from({ length: c.num_hidden_layers }, (_, layer) => {
		const window = attention.kind === 'gqa' && windowed(layer) ? c.sliding_window : undefined;
		const kind: LayerKind = {
			attention: window ? { ...(attention as GroupedAttention), window } : attention,
			mlp: mlp(layer)
		};
		const key = JSON.stringify(kind);
		const index = seen.get(key) ?? kinds.push(kind) - 1;
		seen.set(key, index);
		return index;
	});
	return {
		id,
		name,
		hidden: c.hidden_size,
		vocab: c.vocab_size,
		tied: c.tie_word_embeddings ?? c.model_type?.startsWith('gemma') ?? false,
		kinds,
		layers,
		source: 'pasted config.json'
	};
}

/** A model from the text of a config.json. @throws ConfigError as `readConfig` and `modelOfConfig` do. */
export const fromConfig = (text: string, id = 'custom'): Model =>
	modelOfConfig(readConfig(text), id);
