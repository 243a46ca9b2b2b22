/** Grouped-query attention: `heads` query heads share `kvHeads` keys and values of `headDim` elements. */
export interface GroupedAttention {
	readonly kind: 'gqa';
	readonly heads: number;
	readonly kvHeads: number;
	readonly headDim: number;
	/** Positions that a slot can look back, itself included; absent: all. */
	readonly window?: number;
	/** Elements of the qkv bias and of norms on queries and keys; they count as parameters, not as time. */
	readonly bias?: boolean;
	readonly qkNorm?: boolean;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): one compressed key-value per token. */
export interface LatentAttention {
	readonly kind: 'mla';
	readonly heads: number;
	/** 0: queries are not compressed. */
	readonly queryRank: number;
	readonly latent: number;
	readonly rope: number;
	readonly nope: number;
	readonly value: number;
}

export type Attention = GroupedAttention | LatentAttention;

/** Gated MLP: gate and up (hidden -> width each), down (width -> hidden). */
export interface DenseMlp {
	readonly kind: 'dense';
	readonly width: number;
}

/** Each token goes through `active` of `experts` gated MLPs of `width`, and through a shared one. */
export interface MoeMlp {
	readonly kind: 'moe';
	readonly experts: number;
	readonly active: number;
	readonly width: number;
	readonly sharedWidth?: number;
}

export type Mlp = DenseMlp | MoeMlp;

export interface LayerKind {
	readonly attention: Attention;
	readonly mlp: Mlp;
}

/** One architecture, as its config.json describes it. */
export interface Model {
	readonly id: string;
	readonly name: string;
	readonly hidden: number;
	readonly vocab: number;
	/** The output matrix is the embedding. */
	readonly tied: boolean;
	readonly kinds: readonly LayerKind[];
	/** For each layer, the index of its kind. */
	readonly layers: readonly number[];
	/** Total parameters as published, in billions, and where. */
	readonly published?: { readonly billions: number; readonly source: string };
	/** Where the shapes come from. */
	readonly source: string;
	readonly note?: string;
}

/** `length` layers, repeating a pattern of kinds. */
export const repeat = (length: number, pattern: readonly number[] = [0]): number[] =>
	Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? 0);
