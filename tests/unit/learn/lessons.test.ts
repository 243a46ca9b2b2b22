import { readFileSync, readdirSync } from 'node:fs';
import katex from 'katex';
import { expect, test } from 'vitest';
import {
	course,
	glossary,
	namedIn,
	namedInFile,
	namesIn,
	questionsOf,
	type Locale
} from '../../../src/lib/server/lessons.ts';
import { asked, judge, type Question } from '../../../src/lib/learn/quiz.ts';
import { firstUse, linkOf } from './first-uses.ts';
import { valueIds, valueOf } from '../../../lessons/values.ts';
import { sourceOf } from '../../../lessons/sources.ts';

const locales: readonly Locale[] = ['en', 'zh'];
const lessonsOf = (locale: Locale) => course(locale).flatMap((part) => part.lessons);
const en = lessonsOf('en');
const textOf = (locale: Locale, folder: string) =>
	readFileSync(`lessons/${locale}/${folder}/index.md`, 'utf8').replace(/^---[\s\S]*?---/, '');
const tags = (text: string) =>
	Array.from(
		text.matchAll(/<(Num|Now|Dial|Lit|Show|Term|Predict|Claim|Tool|Cite)\b([^>]*)>/g),
		([, tag, rest]) => {
			const name = /\b(?:v|on|set|id|of|to)="([^"]*)"/.exec(rest!);
			return `${tag} ${name?.[1] ?? ''}`;
		}
	).sort();

test('there are lessons, and both languages have the same ones in the same order', () => {
	expect(en.length).toBeGreaterThanOrEqual(10);
	const shape = (locale: Locale) =>
		lessonsOf(locale).map(({ title: _, summary: __, does: ___, ...rest }) => rest);
	expect(shape('zh')).toEqual(shape('en'));
	expect(readdirSync('lessons/zh', { recursive: true }).sort()).toEqual(
		readdirSync('lessons/en', { recursive: true }).sort()
	);
});

test('a lesson needs only lessons before it', () => {
	const before = new Set<string>();
	for (const { id, needs } of en) {
		for (const need of needs) expect(before, id).toContain(need);
		before.add(id);
	}
});

test.each(en.map(({ folder }) => folder))(
	'%s: the same numbers, terms, links and figures in both',
	(folder) => {
		expect(tags(textOf('zh', folder))).toEqual(tags(textOf('en', folder)));
	}
);

test('the cheat sheet has the same numbers and sources in both, and sound math', () => {
	const [a, b] = locales.map((locale) => readFileSync(`lessons/${locale}/cheat-sheet.md`, 'utf8'));
	expect(tags(b!)).toEqual(tags(a!));
	for (const text of [a!, b!]) {
		for (const [, display, inline] of text.matchAll(/\$\$([\s\S]*?)\$\$|\$([^$\n]+)\$/g)) {
			katex.renderToString(display ?? inline!, { throwOnError: true, strict: 'error' });
		}
		expect(
			bare(text)
				.split(/\n/)
				.filter((line) => unit.test(line))
		).toEqual([]);
	}
	for (const locale of locales) {
		expect(Object.keys(namedInFile(locale, 'cheat-sheet.md').values).length).toBeGreaterThan(10);
	}
});

/** A question without its words. */
const bones = (question: Question) => {
	switch (question.kind) {
		case 'choice':
			return [question.id, question.kind, question.options.map(({ id, slip }) => [id, !slip])];
		case 'number':
			return [
				question.id,
				question.kind,
				question.answer,
				question.tolerance,
				question.slips.map(({ value }) => value),
				...(question.others ?? []).map(({ answer, slips }) => [
					answer,
					slips.map(({ value }) => value)
				])
			];
		case 'order':
			return [question.id, question.kind, question.items.map(({ id, slip }) => [id, !slip])];
		case 'pick':
			return [question.id, question.kind, question.right, Object.keys(question.slips)];
	}
};

/** A question with all the numbers that it may be asked with. */
const everyTime = (question: Question): Question[] =>
	question.kind === 'number' && question.others ? [question, ...question.others] : [question];

test.each(en)(
	'$folder: two to four questions, alike in both languages, each with one right answer',
	(lesson) => {
		const questions = questionsOf('en', lesson);
		expect(questions.length).toBeGreaterThanOrEqual(2);
		expect(questions.length).toBeLessThanOrEqual(4);
		expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
		expect(questionsOf('zh', lesson).map(bones)).toEqual(questions.map(bones));
		for (const locale of locales) {
			for (const question of questionsOf(locale, lesson).flatMap(everyTime)) {
				const answer =
					question.kind === 'choice'
						? question.options.find(({ slip }) => slip === undefined)!.id
						: question.kind === 'number'
							? String(question.answer)
							: question.kind === 'order'
								? question.items.map(({ id }) => id)
								: question.right[0]!;
				expect(judge(question, answer)?.right, question.id).toBe(true);
				if (question.kind === 'choice') {
					expect(question.options.filter(({ slip }) => slip === undefined)).toHaveLength(1);
				}
				if (question.kind === 'number') {
					for (const { value, why } of question.slips) {
						expect(judge(question, String(value)), question.id).toEqual({
							right: false,
							says: why
						});
					}
				}
				if (question.kind === 'order') {
					expect(
						question.items.slice(1).every(({ slip }) => slip),
						question.id
					).toBe(true);
				}
			}
		}
	}
);

test('a question that is answered anew has other numbers, and comes round', () => {
	const all = en.flatMap((lesson) => questionsOf('en', lesson));
	const varying = all.filter((question) => everyTime(question).length > 1);
	expect(varying.length).toBeGreaterThanOrEqual(10);
	for (const question of varying) {
		const times = everyTime(question).length;
		const asks = Array.from({ length: times }, (_, n) => asked(question, n).ask);
		expect(new Set(asks).size, question.id).toBe(times);
		expect(asked(question, times).ask).toBe(question.ask);
	}
});

test('what is to be guessed lies within the slider’s ends, which are on a logarithmic scale', () => {
	for (const locale of locales) {
		for (const { folder } of en) {
			for (const [tag] of textOf(locale, folder).matchAll(/<Predict\b[^>]*>/g)) {
				const [min, max] = ['min', 'max'].map((name) =>
					Number(new RegExp(`\\b${name}="([^"]+)"`).exec(tag)![1])
				);
				const { value } = valueOf(/\bv="([^"]+)"/.exec(tag)![1]!);
				expect(min, tag).toBeGreaterThan(0);
				expect(value, tag).toBeGreaterThanOrEqual(min!);
				expect(value, tag).toBeLessThanOrEqual(max!);
			}
		}
	}
});

test('every number has a value, a formula and a source', () => {
	for (const id of valueIds) {
		const { value, how, source } = valueOf(id);
		expect(Number.isFinite(value), id).toBe(true);
		expect(sourceOf(source).title, id).not.toBe('');
		for (const locale of locales) {
			expect(typeof how === 'string' ? how : how[locale], id).not.toBe('');
		}
		// A formula with words in it has them in both languages.
		if (typeof how === 'string') {
			expect(how.replace(/“[^”]*”|\([^)]*\)/g, ''), id).not.toMatch(
				/\b(slots|positions|kernels|layers|bytes|batch|table|drafts)\b/
			);
		}
	}
});

test('every number is stated by some lesson', () => {
	const used = new Set(en.flatMap((lesson) => Object.keys(namedIn('en', lesson).values)));
	expect(valueIds.filter((id) => !used.has(id))).toEqual([]);
});

/** What is left of a text when numbers that are computed, quoted, or part of a formula are taken out. */
const bare = (text: string) =>
	text
		.replace(/\$\$[\s\S]*?\$\$|\$[^$\n]+\$/g, ' ')
		.replace(/`[^`]*`/g, ' ')
		.replace(/<(Num|Now|Dial|Show|Tool|Predict|Claim)\b[^>]*?\/?>/g, ' ');
const unit =
	/\d[\d.,–]*\s?(%|ms|µs|GB|MB|kB|TB|TFLOP|GFLOP|FLOP\/|tok\/s|tokens a second|J\b|W\b|毫秒|微秒|倍(?!数))/;

test.each(en.flatMap(({ folder }) => locales.map((locale) => [locale, folder] as const)))(
	'%s/%s: a number with a unit is computed, or its paragraph says where it comes from',
	(locale, folder) => {
		const unsourced = bare(textOf(locale, folder))
			.split(/\n\s*\n/)
			.filter(
				(paragraph) => unit.test(paragraph) && !/<(Cite|Term id="free-slots")/.test(paragraph)
			);
		expect(unsourced).toEqual([]);
	}
);

test.each(en.flatMap(({ folder }) => locales.map((locale) => [locale, folder] as const)))(
	'%s/%s: math is sound, no raw braces, links are components, nothing begins a line that would break it',
	(locale, folder) => {
		const text = textOf(locale, folder);
		for (const [, display, inline] of text.matchAll(/\$\$([\s\S]*?)\$\$|\$([^$\n]+)\$/g)) {
			katex.renderToString(display ?? inline!, { throwOnError: true, strict: 'error' });
		}
		const plain = bare(text);
		expect(plain).not.toMatch(/[{}]/);
		expect(plain, 'a link without <Tool>').not.toMatch(/\]\(/);
		expect(plain, 'an image without words').not.toMatch(/!\[\]|<img(?![^>]*alt=)/);
		// Markdown would take such a line for a block of HTML.
		expect(text).not.toMatch(/^<(Num|Now|Dial|Lit|Show|Term|Tool|Cite)\b/m);
		expect(namesIn(text, 'Predict', 'id')).toHaveLength(
			new Set(namesIn(text, 'Predict', 'id')).size
		);
	}
);

test.each(en)('$folder: Chinese text is Chinese', ({ folder, title }) => {
	const zh = lessonsOf('zh').find((lesson) => lesson.folder === folder)!;
	expect(zh.title).not.toBe(title);
	expect(zh.title + zh.summary).toMatch(/\p{Script=Han}/u);
	const paragraphs = textOf('zh', folder)
		.replace(/\$\$[\s\S]*?\$\$/g, '')
		.replace(/<\/?(Predict|Deeper|Claim)[^>]*>/g, '')
		.split(/\n\s*\n/)
		.map((paragraph) => paragraph.trim())
		.filter((paragraph) => paragraph.length > 0 && /[a-z]{4}/i.test(paragraph));
	for (const paragraph of paragraphs) expect(paragraph).toMatch(/\p{Script=Han}/u);
	// No underscores for emphasis: they do not work between Chinese characters.
	expect(textOf('zh', folder)).not.toMatch(/\p{Script=Han}_|_\p{Script=Han}/u);
});

test('one definition a term, with the same terms in both languages, named in each other', () => {
	const [a, b] = [glossary('en'), glossary('zh')];
	expect(b.map(({ id }) => id)).toEqual(a.map(({ id }) => id));
	expect(new Set(a.map(({ id }) => id)).size).toBe(a.length);
	a.forEach(({ term, other, says }, i) => {
		expect([b[i]!.other, b[i]!.term]).toEqual([term, other]);
		expect(says).toMatch(/\.$/);
		expect(b[i]!.says).toMatch(/。$/);
	});
});

test('a term is explained once in a lesson, at its first use', () => {
	const linked = new Set<string>();
	for (const { folder } of en) {
		const texts = locales.map((locale) => textOf(locale, folder));
		const uses = locales.map((locale, i) =>
			glossary(locale).map((entry) => ({
				id: entry.id,
				use: firstUse(texts[i]!, entry),
				link: linkOf(texts[i]!, entry.id)
			}))
		);
		for (const text of texts) {
			const all = Array.from(text.matchAll(/<Term id="([^"]+)"/g), ([, id]) => id);
			expect(all, folder).toHaveLength(new Set(all).size);
		}
		uses[0]!.forEach((english, i) => {
			const both = [english, uses[1]![i]!];
			if (english.link >= 0) linked.add(english.id);
			for (const { id, use, link } of both) {
				const where = `${folder}: ${id}, “${use?.form}”`;
				// A word that only one language needs here may stay without a link: both texts have the same ones.
				if (both.every((one) => one.use)) expect(link, where).toBeGreaterThanOrEqual(0);
				if (use && link >= 0) expect(link, where).toBeLessThan(use.at);
			}
		});
	}
	// Every definition is reached from some lesson.
	expect(
		glossary('en')
			.map(({ id }) => id)
			.filter((id) => !linked.has(id))
	).toEqual([]);
});
