import type { Forward, ModelInfo, Pass, PassInput } from '../../engine/decode/index.ts';
import { TOP } from '../../engine/decode/index.ts';
import { visible } from '../../engine/mask/index.ts';
import { random } from '../../engine/sampler/index.ts';

/** Logits after a context of tokens (AR half), or at the i-th mask behind it (diffusion half). */
export type Table = (context: readonly number[], mask?: number) => readonly number[];

/** Any table: logits drawn from a hash of what they depend on. `agreement` 1 makes both halves one. */
export function randomTable(vocabulary: number, seed: number, agreement = 0.5): Table {
	const logits = (context: readonly number[], salt: number) => {
		let hash = seed ^ Math.imul(salt, 0x9e3779b1);
		for (const token of context) hash = Math.imul(hash ^ token, 0x85ebca6b) ^ (hash >>> 13);
		const next = random(hash);
		return Array.from({ length: vocabulary }, () => 3 * next());
	};
	const table: Table = (context, mask) => {
		if (mask === undefined) return logits(context, 1);
		// The diffusion half's best guess follows the AR half's own greedy path, more or less.
		let path = [...context];
		for (let i = 1; i < mask; i++) path = [...path, best(logits(path, 1))];
		const ar = logits(path, 1);
		const own = logits(context, 1 + mask);
		return ar.map((value, i) => agreement * value + (1 - agreement) * own[i]!);
	};
	return table;
}

const best = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));

/**
 * A Forward over a table instead of a network. It takes the layout at its word: a slot's logits depend
 * on the cache and on the slots that it sees, and on nothing else.
 */
export class TableForward implements Forward {
	cache: number[] = [];
	/** Every pass, as it was asked for. */
	readonly passes: PassInput[] = [];

	constructor(
		readonly table: Table,
		readonly model: ModelInfo
	) {}

	get length(): number {
		return this.cache.length;
	}

	async run(input: PassInput): Promise<Pass> {
		const { layout, tokens, predict = tokens.map((_, slot) => slot) } = input;
		const { slots } = layout;
		if (tokens.length !== slots.length) throw new RangeError('one token a slot');
		for (const { offset } of slots) {
			if (this.length + offset >= this.model.capacity) throw new RangeError('past the capacity');
		}
		this.passes.push(input);
		const seen = visible(layout);
		const wanted = new Set(predict);
		const rows = slots.map((slot, index) => {
			if (!wanted.has(index)) return null;
			const before = seen[index]!.filter((i) => slots[i]!.region !== 'mask');
			const context = [...this.cache, ...before.map((i) => tokens[i]!)];
			const logits = this.table(context, slot.region === 'mask' ? slot.number : undefined);
			return Float32Array.from(logits);
		});
		return {
			predictions: rows.map((row) => row && predictionOf(row)),
			logits: async (asked) => asked.map((slot) => rows[slot]!),
			times: { total: 1 }
		};
	}

	keep(slots: readonly number[]): void {
		const { tokens } = this.passes.at(-1)!;
		this.cache.push(...slots.map((slot) => tokens[slot]!));
	}

	truncate(length: number): void {
		this.cache.length = length;
	}
}

function predictionOf(logits: Float32Array) {
	const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
	const tokens = Array.from(logits.keys())
		.sort((a, b) => logits[b]! - logits[a]! || a - b)
		.slice(0, TOP);
	return { tokens, probabilities: tokens.map((token) => Math.exp(logits[token]!) / sum) };
}
