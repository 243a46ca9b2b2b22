import { digits } from '../src/lib/decode/number.ts';
import { units } from './units.ts';
import { drafting } from './values/drafting.ts';
import { guess } from './values/guess.ts';
import { runs } from './values/runs.ts';
import { slots } from './values/slots.ts';
import { tidar } from './values/tidar.ts';
import { training } from './values/training.ts';
import { transfer } from './values/transfer.ts';
import { sessionOf, type Value, type Values } from './values/value.ts';
import { world } from './values/world.ts';

export { sessionOf, units };

/** Every number that a lesson states, by the name that the lesson gives it. */
const table: Values = {
	...transfer,
	...slots,
	...guess,
	...drafting,
	...tidar,
	...world,
	...training,
	...runs
};

export const valueIds: readonly string[] = Object.keys(table);

/** @throws Error for a number that nobody computes. */
export function valueOf(id: string): Value {
	const make = table[id];
	if (!make)
		throw new Error(`There is no number "${id}"; the lessons' numbers are in lessons/values.ts.`);
	return make();
}

/** A number as it is printed: '41.8 ms', '41.8 毫秒'. */
export const printed = ({ value, unit, text }: Value, locale: 'en' | 'zh'): string =>
	(text ?? digits(value)) + units[unit][locale];
