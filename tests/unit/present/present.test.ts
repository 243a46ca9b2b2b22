import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathOf, slugOf } from '../../../src/lib/learn/course.ts';
import { keyAction } from '../../../src/lib/present/keys.ts';
import {
	isOwnPath,
	minutesBefore,
	packLecture,
	parseLecture,
	unpackLecture,
	type Lecture
} from '../../../src/lib/present/lecture.ts';
import { readyLecture, readyMadeIds } from '../../../src/lib/present/lectures.ts';
import {
	audienceOf,
	back,
	begin,
	count,
	forward,
	go,
	reveal,
	toggleBlack,
	toggleFreeze,
	toggleSpotlight
} from '../../../src/lib/present/show.ts';
import { clock, elapsed, lateness, stopped, toggle } from '../../../src/lib/present/timer.ts';
import { partsOf } from '../../../src/lib/share/view.ts';

const lecture: Lecture = {
	format: 'tidar-lecture',
	version: 1,
	title: 'Test',
	scenes: [
		{ kind: 'text', title: 'Hello', notes: '', minutes: 1, body: 'a\nb' },
		{
			kind: 'predict',
			title: 'Guess',
			notes: 'count',
			minutes: 2,
			question: 'Which?',
			options: ['this', 'that'],
			answer: 1,
			because: 'so'
		},
		{ kind: 'page', title: 'Page', notes: '', minutes: 3, path: '/decode/?session=sky', hide: [] }
	]
};

describe('a lecture as file and link', () => {
	test('is the same again', () => {
		expect(parseLecture(JSON.stringify(lecture))).toEqual({ ok: true, lecture });
		expect(unpackLecture(packLecture(lecture))).toEqual({ ok: true, lecture });
	});

	test('a problem is told with its place', () => {
		const broken = { ...lecture, scenes: [{ ...lecture.scenes[2], path: 'https://elsewhere' }] };
		expect(parseLecture(JSON.stringify(broken))).toEqual({
			ok: false,
			problem: 'scenes.0.path: must be a page of this site, such as /decode/?session=sky'
		});
		expect(parseLecture('{')).toEqual({ ok: false, problem: 'not JSON' });
		expect(unpackLecture('1abc')).toMatchObject({ ok: false });
		expect(parseLecture(JSON.stringify({ ...lecture, version: 2 }))).toMatchObject({ ok: false });
	});

	test('no foreign text gets through or throws', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
				expect(parseLecture(text).ok).toBe(false);
				expect(unpackLecture(text).ok).toBe(false);
			})
		);
	});

	test('isOwnPath(path): no other host, no way up', () => {
		for (const path of ['/', '/decode/?session=sky&step=3', '/learn/a/b/#c']) {
			expect(isOwnPath(path), path).toBe(true);
		}
		const foreign = [
			'//evil.example',
			'/\\evil.example',
			'https://evil.example/',
			'javascript:alert(1)',
			'/../x',
			'/a b',
			'/\tx',
			'',
			'decode/'
		];
		for (const path of foreign) expect(isOwnPath(path), path).toBe(false);
	});
});

/** Addresses of the lessons of a language, by their folders. */
const lessons = (locale: string): string[] =>
	readdirSync(`lessons/${locale}`, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
		const [, part, lesson] = /^([^/]+)\/([^/]+)\/index\.md$/.exec(file) ?? [];
		return part && lesson ? [pathOf({ part: slugOf(part), lesson: slugOf(lesson) }) + '/'] : [];
	});

describe('ready-made lectures', () => {
	test.each(readyMadeIds)('%s: valid in both languages, its pages and parts exist', (id) => {
		for (const locale of ['en', 'zh'] as const) {
			const made = readyLecture(id, locale);
			expect(parseLecture(JSON.stringify(made))).toEqual({ ok: true, lecture: made });
			for (const scene of made.scenes) {
				expect(scene.notes.length).toBeGreaterThan(5);
				if (scene.kind !== 'page') continue;
				const { pathname, searchParams } = new URL(scene.path, 'https://site.invalid');
				if (pathname.startsWith('/learn/')) expect(lessons(locale)).toContain(pathname);
				else expect(existsSync(`src/routes${pathname}+page.svelte`), pathname).toBe(true);
				const session = searchParams.get('session');
				if (session) {
					const list = readFileSync('static/sessions/index.json', 'utf8');
					expect(list).toContain(`"id": "${session}"`);
				}
				expect(partsOf(pathname)).toEqual(expect.arrayContaining(scene.hide));
			}
		}
	});

	test('they take 10, 25 and 50 minutes', () => {
		expect(readyMadeIds.map((id) => minutesBefore(readyLecture(id, 'en')))).toEqual([10, 25, 50]);
	});

	test('what they call measured was measured', () => {
		interface Row {
			readonly device: string;
			readonly model: string;
			readonly slots: number;
			readonly context: number;
			readonly ms: number;
		}
		const { steps } = JSON.parse(readFileSync('static/measurements/steps.json', 'utf8')) as {
			steps: Row[];
		};
		const of = (slots: number) =>
			steps.find(
				(row) =>
					row.device === 'h100-sxm' &&
					row.model === 'qwen3-8b' &&
					row.context === 1024 &&
					row.slots === slots
			)!.ms;
		for (const locale of ['en', 'zh'] as const) {
			const guess = readyLecture('ten', locale).scenes.find(({ kind }) => kind === 'predict')!;
			const told = guess.kind === 'predict' ? guess.because.match(/\d+\.\d+/g) : [];
			expect(told).toEqual([of(72).toFixed(2), of(1).toFixed(2)]);
		}
		expect(of(72) / of(1)).toBeCloseTo(1.2, 1);
	});
});

describe('a show', () => {
	test('forward lights the screen, tells an answer, goes on, and ends at the last scene', () => {
		let show = toggleBlack(begin());
		show = forward(show, lecture);
		expect(show).toMatchObject({ index: 0, black: false });
		show = forward(show, lecture);
		expect(audienceOf(show, lecture)).toMatchObject({ index: 1, revealed: false });
		show = forward(show, lecture);
		expect(audienceOf(show, lecture)).toMatchObject({ index: 1, revealed: true });
		show = forward(forward(show, lecture), lecture);
		expect(show.index).toBe(2);
		expect(back(show, lecture).index).toBe(1);
		expect(back(begin(), lecture).index).toBe(0);
	});

	test('the place in a page is forgotten with the page', () => {
		const moved = { ...begin(2), place: '/decode/?step=3', scroll: 40 };
		expect(audienceOf(moved, lecture)).toMatchObject({ place: '/decode/?step=3', scroll: 40 });
		const gone = audienceOf(go(moved, 0, lecture), lecture);
		expect(gone.place).toBeUndefined();
		expect(gone.scroll).toBe(0);
	});

	test('frozen, the audience sees what it saw, but black is black', () => {
		const frozen = toggleFreeze(begin(), lecture);
		const later = go(frozen, 2, lecture);
		expect(audienceOf(later, lecture)).toMatchObject({ index: 0, black: false });
		expect(audienceOf(toggleBlack(later), lecture)).toMatchObject({ index: 0, black: true });
		expect(audienceOf(toggleFreeze(later, lecture), lecture)).toMatchObject({ index: 2 });
	});

	test('hands are counted by scene, and an answer can be taken back', () => {
		const show = count(begin(1), 1, 12);
		expect(audienceOf(show, lecture).tally).toEqual([null, 12]);
		expect(audienceOf(go(show, 2, lecture), lecture).tally).toEqual([]);
		expect(audienceOf(reveal(reveal(show)), lecture).revealed).toBe(false);
	});

	test('the spotlight travels only while it is on', () => {
		const lit = toggleSpotlight({ ...begin(), spot: { x: 0.5, y: 0.25 } });
		expect(audienceOf(lit, lecture).spot).toEqual({ x: 0.5, y: 0.25 });
		expect(audienceOf(toggleSpotlight(lit), lecture).spot).toBeUndefined();
	});
});

describe('keyAction(event, target, within)', () => {
	const press = (key: string, on = 'div', within = false) =>
		keyAction(
			{ key, ctrlKey: false, metaKey: false, altKey: false },
			{
				matches: (selector) =>
					selector
						.split(/[,:]/)
						.map((s) => s.trim())
						.includes(on)
			},
			within
		);

	test('a clicker counts wherever the focus is', () => {
		for (const within of [false, true]) {
			expect(press('PageDown', 'textarea', within)).toBe('forward');
			expect(press('PageUp', 'input', within)).toBe('back');
			expect(press('F5', 'div', within)).toBe('screen');
		}
	});

	test('within a page its own keys count, and Escape leaves it', () => {
		expect(press('f', 'div', true)).toBeUndefined();
		expect(press('ArrowRight', 'div', true)).toBeUndefined();
		expect(press('Escape', 'div', true)).toBe('leave');
	});

	test('letters in either case, not where one types; Space presses what is focused', () => {
		expect([press('b'), press('B'), press('.')]).toEqual(['black', 'black', 'black']);
		expect(press('b', 'textarea')).toBeUndefined();
		expect(press(' ', 'button')).toBeUndefined();
		expect(press(' ')).toBe('forward');
		expect(press('toString')).toBeUndefined();
	});
});

test('a timer is held and goes on; lateness is measured at the scene’s ends', () => {
	const running = toggle(stopped, 1000);
	expect(elapsed(running, 4000)).toBe(3000);
	const held = toggle(running, 4000);
	expect(elapsed(held, 9000)).toBe(3000);
	expect(elapsed(toggle(held, 10_000), 11_000)).toBe(4000);
	expect([clock(0), clock(65_000), clock(3_725_000)]).toEqual(['0:00', '1:05', '1:02:05']);
	expect(lateness(180_000, 1, 2)).toBe(1);
	expect(lateness(30_000, 1, 2)).toBe(-0.5);
	expect(lateness(90_000, 1, 2)).toBe(0);
});
