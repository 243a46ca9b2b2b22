import { readFileSync } from 'node:fs';
import { tokensOf, type Session } from '$engine/decode/index.ts';
import type { Question } from '$lib/learn/quiz.ts';
import { courseOf, type Lesson, type Part } from '$lib/learn/course.ts';
import type { Exercise, ExerciseWords } from '$lib/learn/exercise.ts';
import { tasks } from '../../../lessons/exercises.ts';
import { sourceOf, type LessonSource, type Source } from '../../../lessons/sources.ts';
import { printed, valueOf } from '../../../lessons/values.ts';
import { readSession } from './sessions.ts';

/** Read while the site is built: the course and what its pages need besides their text. */
export type Locale = 'en' | 'zh';

const parts = import.meta.glob('/lessons/*/*/index.md', { eager: true, import: 'metadata' });
const lessons = import.meta.glob('/lessons/*/*/*/index.md', { eager: true, import: 'metadata' });
const quizzes = import.meta.glob<readonly Question[]>('/lessons/*/*/*/quiz.ts', {
	eager: true,
	import: 'default'
});

const exercises = import.meta.glob<ExerciseWords>('/lessons/*/*/*/exercise.ts', {
	eager: true,
	import: 'default'
});

/** The whole course of a language. */
export function course(locale: Locale): Part[] {
	const at = `/lessons/${locale}/`;
	return courseOf(
		Object.fromEntries(
			Object.entries({ ...parts, ...lessons })
				.filter(([path]) => path.startsWith(at))
				.map(([path, matter]) => [path.slice(at.length), matter])
		)
	);
}

/** The questions of a lesson. @throws Error where it has none. */
export function questionsOf(
	locale: Locale,
	{ folder }: Pick<Lesson, 'folder'>
): readonly Question[] {
	const found = quizzes[`/lessons/${locale}/${folder}/quiz.ts`];
	if (!found) throw new Error(`lessons/${locale}/${folder} has no quiz.ts.`);
	return found;
}

/** The exercise of a lesson, its numbers filled in. @throws Error where it has none. */
export function exerciseOf(
	locale: Locale,
	{ folder, id }: Pick<Lesson, 'folder' | 'id'>
): Exercise {
	const words = exercises[`/lessons/${locale}/${folder}/exercise.ts`];
	const task = tasks[id];
	if (!words || !task) throw new Error(`lessons/${locale}/${folder} has no exercise.`);
	const fill = (text: string) =>
		text.replace(/\[([^\]]+)\]/g, (_, name: string) => printed(valueOf(name), locale));
	return {
		...words,
		ask: fill(words.ask),
		hints: words.hints.map(fill),
		solved: fill(words.solved),
		task: task()
	};
}

export interface GlossaryEntry {
	readonly id: string;
	readonly term: string;
	/** The same in the other language. */
	readonly other: string;
	readonly says: string;
	/** How it stands in a lesson's text; the first of them in each lesson is linked. None where the word is too common. */
	readonly forms?: readonly string[];
}

export const glossary = (locale: Locale): GlossaryEntry[] =>
	JSON.parse(readFileSync(`lessons/${locale}/glossary.json`, 'utf8'));

/** Names that a lesson's text gives to an attribute, as in `<Num v="transfer.ms" />`. */
export const namesIn = (text: string, component: string, attribute: string): string[] => [
	...new Set(
		Array.from(
			text.matchAll(new RegExp(`<${component}\\b[^>]*?\\b${attribute}="([^"]+)"`, 'g')),
			([, name]) => name!
		)
	)
];

/** Numbers named within an attribute, as in 'cost=[derived.largeRatio]'. */
const placeholders = (set: string): string[] =>
	Array.from(set.matchAll(/\[([^\]]+)\]/g), ([, id]) => id!);

/** Statements that a lesson has its reader judge, in order. */
const claimsIn = (text: string): { id: string; claim: string; verdict: string }[] =>
	Array.from(
		text.matchAll(/<Claim id="([^"]+)" verdict="([^"]+)" claim="([^"]+)">/g),
		([, id, verdict, claim]) => ({ id: id!, verdict: verdict!, claim: claim! })
	);

/** A number as the page shows it. */
export interface Shown {
	readonly value: number;
	readonly text: string;
	readonly how: string;
	readonly source: Source;
}

function shown(id: string, locale: Locale): Shown {
	const value = valueOf(id);
	const how = typeof value.how === 'string' ? value.how : value.how[locale];
	return { value: value.value, text: printed(value, locale), how, source: sourceOf(value.source) };
}

const table = <T>(ids: readonly string[], of: (id: string) => T): Record<string, T> =>
	Object.fromEntries(ids.map((id) => [id, of(id)]));

/**
 * What a lesson's text names: numbers, terms, sources.
 * @throws Error for a name that is not known.
 */
export const namedIn = (locale: Locale, { folder }: Pick<Lesson, 'folder'>) =>
	namedInFile(locale, `${folder}/index.md`);

/** The same of any text of the course, by its path within its language. */
export function namedInFile(locale: Locale, path: string) {
	const text = readFileSync(`lessons/${locale}/${path}`, 'utf8');
	const entries = glossary(locale);
	return {
		values: table(
			[
				...namesIn(text, 'Num', 'v'),
				...namesIn(text, 'Predict', 'v'),
				...namesIn(text, 'Predict', 'ask').flatMap(placeholders),
				...namesIn(text, 'Show', 'set').flatMap(placeholders)
			],
			(id) => shown(id, locale)
		),
		claims: claimsIn(text),
		sources: table(namesIn(text, 'Cite', 'of'), (id) => sourceOf(id as LessonSource)),
		terms: table(namesIn(text, 'Term', 'id'), (id) => {
			const found = entries.find((entry) => entry.id === id);
			if (!found) throw new Error(`lessons/${locale}/${path}: no term "${id}" in the glossary.`);
			return { ...found, otherLang: locale === 'en' ? 'zh' : 'en' };
		})
	};
}

/**
 * The first steps of a recorded session, as many as a lesson wants, with the likeliest tokens that its figure draws and
 * the pieces of those alone: the page carries it, so it is kept small.
 */
export function excerpt({ session, steps, top }: Lesson): Session | undefined {
	if (!session) return undefined;
	const whole = readSession(session);
	const kept = whole.steps.slice(0, steps).map((step) => ({
		...step,
		predictions: step.predictions.map(
			(said) =>
				said && {
					tokens: said.tokens.slice(0, top),
					probabilities: said.probabilities.slice(0, top)
				}
		)
	}));
	const used = new Set([...whole.context, ...whole.promptTokens, ...kept.flatMap(tokensOf)]);
	const pieces = Object.fromEntries(
		Object.entries(whole.pieces).filter(([token]) => used.has(Number(token)))
	);
	return {
		...whole,
		steps: kept,
		pieces,
		...(kept.length < whole.steps.length && { ending: 'stopped' })
	};
}
