import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	merge,
	nothing,
	parseProgress,
	resumeAt,
	standingOf,
	type Progress
} from '../../../src/lib/learn/progress.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
const time = fc
	.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
	.map((date) => date.toISOString());
const attempt = fc.record(
	{
		right: fc.boolean(),
		tries: fc.integer({ min: 1, max: 50 }),
		answer: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 4 }))
	},
	{ requiredKeys: ['right', 'tries'] }
);
const lesson = fc.record({
	read: fc.boolean(),
	at: time,
	quiz: fc.dictionary(word, attempt, { noNullPrototype: true }),
	guesses: fc.dictionary(word, fc.integer(), { noNullPrototype: true })
});
const progress: fc.Arbitrary<Progress> = fc.record({
	version: fc.constant(1 as const),
	lessons: fc.dictionary(word, lesson, { noNullPrototype: true })
});
const parsed = (text: string) => {
	const result = parseProgress(text);
	if (!result.ok) throw new Error(JSON.stringify(result.problem));
	return result.progress;
};

test('a file reads back as it was written', () => {
	fc.assert(
		fc.property(progress, (p) => {
			expect(parsed(JSON.stringify(p))).toEqual(p);
		}),
		{ numRuns: 200 }
	);
});

test('whatever the file holds, it is read or told what is wrong, and nothing is thrown', () => {
	fc.assert(fc.property(fc.string(), (text) => void parseProgress(text)));
	fc.assert(fc.property(fc.json(), (text) => void parseProgress(text)));
	expect(parseProgress('{')).toEqual({ ok: false, problem: { kind: 'not-json' } });
	expect(parseProgress('[]')).toEqual({ ok: false, problem: { kind: 'version' } });
	expect(parseProgress('{"version":2,"lessons":{}}')).toMatchObject({
		problem: { kind: 'version' }
	});
	expect(parseProgress('{"version":1,"lessons":{"a":{"read":1}}}')).toMatchObject({
		problem: { kind: 'field', at: 'lessons.a.read' }
	});
});

test('merging loses nothing that is read or right, and the same file twice changes nothing', () => {
	fc.assert(
		fc.property(progress, progress, (a, b) => {
			const both = merge(a, b);
			for (const side of [a, b]) {
				for (const [id, { read, quiz }] of Object.entries(side.lessons)) {
					if (read) expect(both.lessons[id]!.read).toBe(true);
					for (const [question, { right }] of Object.entries(quiz)) {
						if (right) expect(both.lessons[id]!.quiz[question]!.right).toBe(true);
					}
				}
			}
			expect(merge(both, b)).toEqual(both);
			expect(merge(a, nothing)).toEqual(a);
		})
	);
});

test('a renamed lesson keeps its progress, joined with what the new name has', () => {
	const at = '2026-11-25T00:00:00.000Z';
	const text = JSON.stringify({
		version: 1,
		lessons: {
			old: { read: true, at, quiz: { q: { right: true, tries: 2 } }, guesses: {} },
			now: {
				read: false,
				at: '2026-11-26T00:00:00.000Z',
				quiz: { q: { right: false, tries: 1 } },
				guesses: {}
			}
		}
	});
	const result = parseProgress(text, { old: 'now' });
	expect(result).toMatchObject({
		ok: true,
		progress: { lessons: { now: { read: true, quiz: { q: { right: true } } } } }
	});
	if (result.ok) expect(Object.keys(result.progress.lessons)).toEqual(['now']);
});

test('done is read with every question right', () => {
	const at = '2026-11-25T00:00:00.000Z';
	const base = { read: true, at, guesses: {} };
	expect(standingOf(undefined, ['a'])).toMatchObject({ state: 'new', right: 0, questions: 1 });
	expect(standingOf({ ...base, quiz: {} }, ['a']).state).toBe('read');
	expect(standingOf({ ...base, quiz: { a: { right: true, tries: 1 } } }, ['a']).state).toBe('done');
	expect(standingOf({ ...base, read: false, quiz: {} }, ['a']).state).toBe('begun');
});

test('one goes on with the lesson last open, or the next that is not read', () => {
	const order = ['a', 'b', 'c'].map((id) => ({ id, questions: [] }));
	const open = (lessons: Record<string, [string, boolean]>): Progress => ({
		version: 1,
		lessons: Object.fromEntries(
			Object.entries(lessons).map(([id, [day, read]]) => [
				id,
				{ read, at: `2026-11-${day}T00:00:00.000Z`, quiz: {}, guesses: {} }
			])
		)
	});
	expect(resumeAt(nothing, order)).toBeUndefined();
	expect(resumeAt(open({ b: ['20', false] }), order)).toBe('b');
	expect(resumeAt(open({ a: ['20', true] }), order)).toBe('b');
	expect(resumeAt(open({ a: ['20', false], c: ['21', true] }), order)).toBe('a');
	expect(
		resumeAt(open({ a: ['20', true], b: ['21', true], c: ['22', true] }), order)
	).toBeUndefined();
});
