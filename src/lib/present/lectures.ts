/** Three ready-made lectures, put together from one stock of scenes. */
import type { Lecture, Scene } from './lecture.ts';
import { stock, type Locale, type Stock, type StockId, type Words } from './stock.ts';

export type { Locale };

/** Scenes and minutes of each lecture. */
export const readyMade = {
	ten: {
		title: { en: 'Ten minutes: why the GPU waits', zh: '十分钟：GPU 为什么在等' },
		scenes: { hero: 2, guess: 2, kitchen: 2, live: 2.5, end: 1.5 }
	},
	twentyfive: {
		title: { en: 'Twenty-five minutes: from the wait to TiDAR', zh: '二十五分钟：从等待到 TiDAR' },
		scenes: {
			welcome: 1,
			hero: 2,
			guess: 2,
			kitchen: 2,
			roofline: 2,
			intern: 2,
			diffusion: 2,
			think: 3,
			live: 3,
			wrong: 2,
			verifier: 2,
			end: 2
		}
	},
	fifty: {
		title: { en: 'Fifty minutes: the whole of TiDAR', zh: '五十分钟：TiDAR 全貌' },
		scenes: {
			welcome: 1,
			hero: 2,
			guess: 2,
			kitchen: 2,
			one: 2,
			transfer: 2,
			roofline: 2,
			sweep: 2,
			kernels: 2,
			intern: 2,
			eagle: 2,
			diffusion: 2,
			think: 3,
			mask: 3,
			live: 3,
			wrong: 2,
			verifier: 2,
			speedup: 2,
			lossless: 2,
			trained: 2,
			lunch: 3,
			claims: 2,
			measure: 2,
			end: 1
		}
	}
} as const satisfies Record<string, { title: Words; scenes: Partial<Record<StockId, number>> }>;
export type ReadyMade = keyof typeof readyMade;
export const readyMadeIds = Object.keys(readyMade) as ReadyMade[];

/** A ready-made lecture in a language. */
export function readyLecture(id: ReadyMade, locale: Locale): Lecture {
	const { title, scenes } = readyMade[id];
	return {
		format: 'tidar-lecture',
		version: 1,
		title: title[locale],
		scenes: (Object.entries(scenes) as [StockId, number][]).map(([name, minutes]) =>
			sceneOf(stock[name], minutes, locale)
		)
	};
}

function sceneOf(from: Stock, minutes: number, locale: Locale): Scene {
	const shared = { title: from.title[locale], notes: from.notes[locale], minutes };
	if ('path' in from) {
		return { kind: 'page', ...shared, path: from.path, hide: [...(from.hide ?? [])] };
	}
	if ('body' in from) return { kind: 'text', ...shared, body: from.body[locale] };
	return {
		kind: 'predict',
		...shared,
		question: from.question[locale],
		options: from.options.map((option) => option[locale]),
		answer: from.answer,
		because: from.because[locale]
	};
}
