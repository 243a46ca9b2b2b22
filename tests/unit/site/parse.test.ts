import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSession } from '../../../src/lib/decode/parse.ts';
import { passagesOf, textOf } from '../../../src/lib/decode/text.ts';
import { makeSession } from './fixture.ts';

const problemOf = (json: string) => {
	const parsed = parseSession(json);
	return parsed.ok ? undefined : parsed.problem;
};

describe('parseSession(json)', () => {
	test('what is saved can be opened', async () => {
		for (const temperature of [0, 1]) {
			for (const decoder of ['ar', 'tidar'] as const) {
				const session = await makeSession({ decoder, temperature }, { context: [2, 3] });
				const parsed = parseSession(JSON.stringify(session));
				expect(parsed).toEqual({ ok: true, session: JSON.parse(JSON.stringify(session)) });
			}
		}
	});

	test('says what is wrong', async () => {
		const session = JSON.parse(JSON.stringify(await makeSession()));
		expect(problemOf('nonsense')).toEqual({ kind: 'not-json' });
		expect(problemOf('[]')).toMatchObject({ kind: 'field' });
		expect(problemOf('null')).toMatchObject({ kind: 'field' });
		expect(problemOf(JSON.stringify({ ...session, version: 2 }))).toEqual({
			kind: 'version',
			found: '2'
		});
		expect(problemOf(JSON.stringify({ ...session, steps: [] }))).toMatchObject({ at: 'steps' });
		expect(problemOf(JSON.stringify({ ...session, prompt: 7 }))).toEqual({
			kind: 'field',
			at: 'prompt',
			expected: 'string',
			found: '7'
		});
	});

	test.each([
		['tokens', (step: { tokens: number[] }) => step.tokens.pop()],
		['start', (step: { start: number }) => step.start++],
		['predictions', (step: { predictions: unknown[] }) => step.predictions.push(null)],
		['kept', (step: { kept: number[] }) => step.kept.push(999)],
		['layout', (step: { layout: { parents: number[] } }) => step.layout.parents.push(99)],
		['index', (step: { index: number }) => (step.index = 7)]
	])('finds a step whose %s contradict the rest', async (at, spoil) => {
		const session = JSON.parse(JSON.stringify(await makeSession()));
		spoil(session.steps[2]);
		expect(problemOf(JSON.stringify(session))).toEqual({ kind: 'step', step: 2, at });
	});
});

const shipped = readdirSync('static/sessions').filter((file) => file !== 'index.json');

describe.each(shipped)('the recorded session %s', (file) => {
	const parsed = parseSession(readFileSync(`static/sessions/${file}`, 'utf8'));

	test('replays to its own text', () => {
		if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
		const { session } = parsed;
		const passages = passagesOf(session, session.steps.length - 1);
		expect(passages.map(({ text }) => text).join('')).toBe(session.text);
		expect(
			textOf(
				session,
				session.steps.flatMap(({ emitted }) => emitted)
			)
		).toBe(session.text);
	});
});
