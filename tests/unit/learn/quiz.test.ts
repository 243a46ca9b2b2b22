import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	judge,
	readNumber,
	shuffled,
	type ChoiceQuestion,
	type NumberQuestion,
	type OrderQuestion,
	type PickQuestion
} from '../../../src/lib/learn/quiz.ts';

const choice: ChoiceQuestion = {
	id: 'c',
	kind: 'choice',
	ask: '?',
	why: 'because',
	options: [
		{ id: 'a', text: 'A' },
		{ id: 'b', text: 'B', slip: 'not B' }
	]
};
const number: NumberQuestion = {
	id: 'n',
	kind: 'number',
	ask: '?',
	why: 'because',
	answer: 42,
	tolerance: 0.05,
	unit: 'ms',
	slips: [{ value: 84, why: 'doubled' }],
	otherwise: 'no'
};
const order: OrderQuestion = {
	id: 'o',
	kind: 'order',
	ask: '?',
	why: 'because',
	items: [
		{ id: 'x', text: 'X' },
		{ id: 'y', text: 'Y', slip: 'X comes first' },
		{ id: 'z', text: 'Z', slip: 'Y comes first' }
	]
};
const pick: PickQuestion = {
	id: 'p',
	kind: 'pick',
	ask: '?',
	why: 'because',
	right: ['draft:1'],
	slips: { 'draft:': 'another draft', 'mask:': 'a mask' },
	otherwise: 'no'
};

test('a choice is right, or wrong with its own reason, or no answer', () => {
	expect(judge(choice, 'a')).toEqual({ right: true, says: 'because' });
	expect(judge(choice, 'b')).toEqual({ right: false, says: 'not B' });
	expect(judge(choice, '')).toBeUndefined();
});

test('a number is judged with its tolerance, and known mistakes have their reasons', () => {
	expect(judge(number, '41')?.right).toBe(true);
	expect(judge(number, '44.2')?.right).toBe(false);
	expect(judge(number, '84 ms')?.says).toBe('doubled');
	expect(judge(number, '7')?.says).toBe('no');
	expect(judge(number, 'many')).toBeUndefined();
	expect(judge({ ...number, tolerance: 0 }, '42.0')?.right).toBe(true);
});

test('an order is right as a whole, and the first wrong place says why', () => {
	expect(judge(order, ['x', 'y', 'z'])?.right).toBe(true);
	expect(judge(order, ['x', 'z', 'y'])).toEqual({ right: false, says: 'X comes first' });
	expect(judge(order, ['y', 'x', 'z'])?.says).toBe('X comes first');
	expect(judge(order, ['x', 'y'])).toBeUndefined();
});

test('a pick is judged by name, other parts by the beginning of theirs', () => {
	expect(judge(pick, 'draft:1')?.right).toBe(true);
	expect(judge(pick, 'draft:3')?.says).toBe('another draft');
	expect(judge(pick, 'ar:1')?.says).toBe('no');
	expect(judge(pick, '')).toBeUndefined();
});

test('numbers as people type them', () => {
	const typed: [string, number | undefined][] = [
		['42', 42],
		[' 41.8 ', 41.8],
		['41,8', 41.8],
		['1,000', 1000],
		['1 000', 1000],
		['1,234.5', 1234.5],
		['４２', 42],
		['4e2', 400],
		['−3', -3],
		['42ms', 42],
		['12 %', 12],
		['42 毫秒', 42],
		['', undefined],
		['ms', undefined],
		['1/3', undefined],
		['1.2.3', undefined]
	];
	for (const [text, value] of typed) expect(readNumber(text), text).toBe(value);
});

test('readNumber(String(x)) = x, and it never throws', () => {
	fc.assert(
		fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (x) => {
			expect(readNumber(String(x))).toBe(x + 0);
		})
	);
	fc.assert(fc.property(fc.string(), (text) => void readNumber(text)));
});

test('what is shuffled holds every item, never in the right order, alike each time', () => {
	fc.assert(
		fc.property(
			fc.string(),
			fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 8 }),
			(id, ids) => {
				const items = ids.map((item) => ({ id: item, text: item }));
				const first = shuffled({ id, items });
				expect([...first].sort()).toEqual([...ids].sort());
				expect(first).not.toEqual(ids);
				expect(shuffled({ id, items })).toEqual(first);
			}
		)
	);
});
