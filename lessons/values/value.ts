import { readFileSync } from 'node:fs';
import type { Session } from '../../engine/decode/index.ts';
import type { LessonSource } from '../sources.ts';

/**
 * Every number that a lesson states: computed here from the engine, from measurements and from recorded runs while the
 * site is built, or copied once with its publication. A lesson names it (`<Num v="transfer.ms" />`), so that prose and
 * simulator cannot disagree.
 */
export interface Value {
	readonly value: number;
	readonly unit: Unit;
	/** The formula with the numbers in it, or what was measured. */
	readonly how: string | Readonly<Record<'en' | 'zh', string>>;
	readonly source: LessonSource;
	/** As it is printed, where three significant digits are not what is meant. */
	readonly text?: string;
}

/** Units by language, as they stand behind a number. */
export const units = {
	'': { en: '', zh: '' },
	ms: { en: ' ms', zh: ' 毫秒' },
	µs: { en: ' µs', zh: ' 微秒' },
	s: { en: ' s', zh: ' 秒' },
	J: { en: ' J', zh: ' 焦耳' },
	W: { en: ' W', zh: ' 瓦' },
	$: { en: ' dollars', zh: ' 美元' },
	GB: { en: ' GB', zh: ' GB' },
	MB: { en: ' MB', zh: ' MB' },
	kB: { en: ' kB', zh: ' kB' },
	'TB/s': { en: ' TB/s', zh: ' TB/s' },
	'TFLOP/s': { en: ' TFLOP/s', zh: ' TFLOP/s' },
	GFLOP: { en: ' GFLOP', zh: ' GFLOP' },
	'FLOP/byte': { en: ' FLOP/byte', zh: ' FLOP/字节' },
	'%': { en: ' %', zh: '%' },
	'×': { en: '×', zh: ' 倍' },
	tokens: { en: ' tokens', zh: ' 个词元' },
	'tokens/s': { en: ' tokens a second', zh: ' 个词元' },
	'M tokens': { en: ' M tokens', zh: 'M 个词元' },
	'B tokens': { en: ' B tokens', zh: 'B 个词元' },
	minutes: { en: ' minutes', zh: ' 分钟' },
	slots: { en: ' slots', zh: ' 个槽位' },
	passes: { en: ' passes', zh: ' 次前向' },
	cells: { en: ' cells', zh: ' 格' }
} as const;
export type Unit = keyof typeof units;

/** Numbers by name, each computed when it is asked for. */
export type Values = Readonly<Record<string, () => Value>>;

/** A recorded session that the site ships. */
export function sessionOf(id: string): Session {
	return JSON.parse(readFileSync(`static/sessions/${id}.json`, 'utf8')) as Session;
}

/** A number of a publication, printed as it stands there. */
export const published = (
	value: number,
	unit: Unit,
	en: string,
	zh: string,
	source: LessonSource = 'tidar'
): Value => ({
	value,
	unit,
	how: { en, zh },
	source,
	text: String(value)
});

/** A formula with words in it, in both languages. */
export const both = (en: string) => ({
	en,
	zh: en
		.replaceAll(' bytes', ' 字节')
		.replaceAll(' layers', ' 层')
		.replaceAll(', rounded up', '，向上取整')
		.replaceAll(', batch 32: ', '，批量 32：')
});
