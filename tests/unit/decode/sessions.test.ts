import { expect, test } from 'vitest';
import {
	decode,
	decoderNames,
	defaults,
	session,
	type Step
} from '../../../engine/decode/index.ts';
import { parseSession } from '../../../src/lib/decode/parse.ts';
import {
	FeatureTableForward,
	randomTable,
	TableForward,
	TableHead
} from '../../fakes/table-forward.ts';

const table = randomTable(12, 3, 0.7);
const model = { name: 'table', vocabulary: 12, mask: 98, end: 99, capacity: 200 };

test.each(decoderNames)(
	'%s: a recorded session is read back as it was written',
	async (decoder) => {
		const settings = { ...defaults, decoder, maxTokens: 12 };
		const helpers = { draft: new TableForward(table, model), head: new TableHead(table) };
		const forward = new FeatureTableForward(table, model);
		const running = decode(forward, [1, 2], settings, undefined, helpers);
		const steps: Step[] = [];
		let result = await running.next();
		for (; !result.done; result = await running.next()) steps.push(result.value);
		const recorded = session(
			{
				model: { name: 'table', weights: 'none' },
				prompt: 'a',
				context: [],
				promptTokens: [1, 2],
				settings,
				device: { backend: 'wasm', precision: 'f32', name: 'test', versions: {} },
				date: '2026-01-01T00:00:00Z',
				steps,
				ending: result.value,
				text: 'b'
			},
			String
		);
		const json = JSON.stringify(recorded);
		expect(parseSession(json)).toEqual({ ok: true, session: JSON.parse(json) });
		for (const token of steps.flatMap(({ emitted }) => emitted))
			expect(recorded.pieces[token]).toBe(String(token));
	}
);
