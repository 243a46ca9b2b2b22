import type {
	FeatureForward,
	Forward,
	Head,
	HeadRow,
	ModelInfo,
	Pass,
	PassInput
} from '../../engine/decode/index.ts';
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
			const context = this.contextOf(input, seen, index);
			const logits = this.table(context, slot.region === 'mask' ? slot.number : undefined);
			return Float32Array.from(logits);
		});
		return {
			predictions: rows.map((row) => row && predictionOf(row)),
			logits: async (asked) => asked.map((slot) => rows[slot]!),
			times: { total: 1 }
		};
	}

	/** What a slot sees: the cache, and what stands in the slots, masks that are still masks left out. */
	protected contextOf({ layout: { slots }, tokens }: PassInput, seen: number[][], index: number) {
		const told = seen[index]!.filter(
			(i) => slots[i]!.region !== 'mask' || tokens[i] !== this.model.mask
		);
		return [...this.cache, ...told.map((i) => tokens[i]!)];
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

/** A TableForward whose feature of a slot is all that the slot sees. */
export class FeatureTableForward extends TableForward implements FeatureForward {
	async features(slots: readonly number[]): Promise<Float32Array[]> {
		const input = this.passes.at(-1)!;
		const seen = visible(input.layout);
		return slots.map((slot) => Float32Array.from(this.contextOf(input, seen, slot)));
	}
}

/** A head whose state is all that it knows of the text, and which guesses by a table of its own. */
export class TableHead implements Head {
	readonly name = 'table head';
	readonly capacity = 200;
	/** Every row in the cache: the text as it stands in the row. */
	rows: number[][] = [];
	/** Rows of each pass. */
	readonly passes: (readonly HeadRow[])[] = [];

	constructor(readonly table: Table) {}

	get length(): number {
		return this.rows.length;
	}

	async run(rows: readonly HeadRow[]) {
		this.passes.push(rows);
		for (const { feature, token } of rows) {
			const told = feature.of === 'target' ? feature.taps : feature.state;
			this.rows.push([...told, token]);
		}
		const context = this.rows.at(-1)!;
		const logits = Float32Array.from(this.table(context));
		return {
			predictions: [predictionOf(logits)],
			logits: async () => [logits],
			state: Float32Array.from(context),
			times: { total: 1 }
		};
	}

	truncate(length: number): void {
		this.rows.length = length;
	}
}
