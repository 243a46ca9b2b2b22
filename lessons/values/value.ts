import { readFileSync } from 'node:fs';
import type { Session } from '../../engine/decode/index.ts';
import type { LessonSource } from '../sources.ts';
import type { Unit } from '../units.ts';

export type { Unit };

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
