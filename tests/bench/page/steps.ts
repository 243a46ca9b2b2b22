import {
	decode,
	settingsSchema,
	type Forward,
	type StepTimes
} from '../../../engine/decode/index.ts';
import { layout, prefillSpec } from '../../../engine/mask/index.ts';
import * as v from 'valibot';
import type { Spread, StepSpread } from '../plan.ts';
import { spread } from './spread.ts';

/** Steps after a prompt that are not measured: they build pipelines, are recorded, repeat for the first time. */
const WARM = 6;

/** The same Forward for a decoder that shall not stop: no token ends an answer. */
const endless = (forward: Forward): Forward => ({
	model: { ...forward.model, end: -1 },
	get length() {
		return forward.length;
	},
	run: (input) => forward.run(input),
	keep: (slots) => forward.keep(slots),
	truncate: (length) => forward.truncate(length)
});

/**
 * Times `count` decode steps while the cache has `columns` columns: the generator's own time included,
 * from asking for a step to having it.
 */
export async function decodeSteps(
	forward: Forward,
	decoder: 'ar' | 'tidar',
	k: number,
	columns: number,
	text: readonly number[],
	count: number
): Promise<StepSpread> {
	// A cache that is just over half full at first has these columns; it may fill up to the last block.
	const start = columns / 2 + 8;
	const prompt = Array.from({ length: start }, (_, i) => text[i % text.length]!);
	const settings = v.parse(settingsSchema, { decoder, k, maxTokens: 2048 });
	const wall: number[] = [];
	const times: StepTimes[] = [];
	let q = 0;
	let tokens = 0;
	while (wall.length < count) {
		forward.truncate(0);
		const steps = decode(endless(forward), prompt, settings);
		await steps.next();
		for (let i = 0; wall.length < count && forward.length + k <= columns; i++) {
			const before = performance.now();
			const { value, done } = await steps.next();
			const after = performance.now();
			if (done) throw new Error(`The decoder stopped: ${String(value)}`);
			if (i < WARM) continue;
			wall.push(after - before);
			times.push(value.times);
			tokens += value.emitted.length;
			q = Math.max(q, value.tokens.length);
		}
		await steps.return('stopped');
	}
	const part = (name: 'encode' | 'gpu' | 'readback'): Partial<Record<typeof name, Spread>> => {
		const values = times.flatMap((one) => one[name] ?? []);
		return values.length > 0 ? { [name]: spread(values) } : {};
	};
	return {
		q,
		columns,
		step: spread(wall),
		...part('encode'),
		...part('gpu'),
		...part('readback'),
		tokensPerPass: tokens / wall.length
	};
}

/** Passes that encode a prompt of about `length` tokens, each one token longer, as no two prompts are alike. */
export async function prefills(
	forward: Forward,
	length: number,
	text: readonly number[],
	count: number
): Promise<Spread & { tokens: number }> {
	const times: number[] = [];
	for (let i = 0; i <= count; i++) {
		forward.truncate(0);
		const prompt = length + i - Math.floor(count / 2);
		const plan = layout(prefillSpec(prompt, 0));
		const tokens = plan.slots.map((_, slot) => text[slot % text.length]!);
		const before = performance.now();
		await forward.run({ layout: plan, tokens, predict: [prompt - 1] });
		// The first one builds pipelines.
		if (i > 0) times.push(performance.now() - before);
	}
	return { tokens: length, ...spread(times) };
}
