import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tasks } from '../../../lessons/exercises.ts';
import type { Session } from '../../../engine/decode/index.ts';
import { standingOf } from '../../../src/lib/learn/exercise.ts';
import { figures } from '../../../src/lib/learn/figures.ts';
import { initialOf, readPlace, type Place, type Spec } from '../../../src/lib/learn/place.ts';
import { readings } from '../../../src/lib/learn/readings.ts';
import { course, excerpt, exerciseOf, namesIn } from '../../../src/lib/server/lessons.ts';

const locales = ['en', 'zh'] as const;
const lessons = course('en').flatMap((part) => part.lessons);
type Lesson = (typeof lessons)[number];

/** The state of a figure's controls, read from its source: figures are components, which do not run here. */
function specOf({ figure }: Lesson): Promise<Spec> {
	return figures[figure]!().then((module) => module.spec);
}
/** The state on arrival, and another one on top of it. */
async function placeOf(lesson: Lesson, query: string): Promise<Place> {
	const spec = await specOf(lesson);
	const start = readPlace(spec, new URLSearchParams(lesson.preset), initialOf(spec)).place;
	const { place, corrections } = readPlace(spec, new URLSearchParams(query), start);
	expect(corrections, `${lesson.id}: ${query}`).toEqual([]);
	return place;
}

test.each(lessons)(
	'$folder: an exercise that the figure does not solve on arrival, and whose solution solves it',
	async (lesson) => {
		const task = tasks[lesson.id]!();
		const words = locales.map((locale) => exerciseOf(locale, lesson));
		const [en, zh] = words as [(typeof words)[0], (typeof words)[0]];
		expect(zh.hints).toHaveLength(en.hints.length);
		expect(en.hints.length).toBeGreaterThanOrEqual(2);
		for (const { ask, solved, hints } of words)
			for (const text of [ask, solved, ...hints]) expect(text).not.toMatch(/[[\]]|NaN|–$/);
		if ('answer' in task) {
			expect(Number.isFinite(task.answer)).toBe(true);
			for (const { unit } of words) expect(unit).toBeTruthy();
			return;
		}
		for (const { goals } of words) expect(goals).toHaveLength(task.goals.length);
		const session = excerpt(lesson);
		const stands = (place: Place) =>
			task.goals.map((goal) => standingOf(lesson.figure, goal, place, session).met);
		expect(stands(await placeOf(lesson, task.solution))).toEqual(task.goals.map(() => true));
		expect(stands(await placeOf(lesson, ''))).toContain(false);
	}
);

test.each(lessons)(
	'$folder: what its text reads off the figure is there, and is a number',
	async (lesson) => {
		const spec = await specOf(lesson);
		const place = await placeOf(lesson, '');
		const session: Session | undefined = excerpt(lesson);
		for (const locale of locales) {
			const text = readFileSync(`lessons/${locale}/${lesson.folder}/index.md`, 'utf8');
			for (const name of namesIn(text, 'Now', 'of'))
				expect(readings[lesson.figure]![name]!.of(place, session), name).toBeGreaterThanOrEqual(0);
			for (const name of namesIn(text, 'Dial', 'of')) expect(spec, name).toHaveProperty(name);
		}
	}
);

test('every figure with readings is one, and each of its readings is a number on arrival', async () => {
	for (const [figure, table] of Object.entries(readings)) {
		const lesson = lessons.find((one) => one.figure === figure)!;
		const place = await placeOf(lesson, figure === 'lossless' ? 'n=100' : '');
		for (const [name, { of }] of Object.entries(table))
			expect(Number.isFinite(of(place, excerpt(lesson))), `${figure} ${name}`).toBe(true);
	}
});
