import { expect, test } from 'vitest';
import { keyAction } from '../../../src/lib/decode/keys.ts';

/** An element of a kind, for selectors made of tag names and [type=…] only. */
const element = (tag: string, type = '') => ({
	matches: (selector: string) =>
		selector.split(/, (?![^(]*\))/).some((part) => {
			const [, name, not] = /^(\w+)(?::not\((.*)\))?$/.exec(part)!;
			return name === tag && !(not ?? '').split(', ').includes(`[type=${type}]`);
		})
});
const press = (key: string, held = {}) => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	...held
});

test('keys move the player from anywhere that is not a field', () => {
	expect(keyAction(press('ArrowLeft'), element('body'))).toBe('back');
	expect(keyAction(press(' '), element('body'))).toBe('toggle');
	expect(keyAction(press('End'), element('button'))).toBe('last');
});

test('Space presses a focused button; typing is typing; Escape always leaves', () => {
	expect(keyAction(press(' '), element('button'))).toBeUndefined();
	expect(keyAction(press('ArrowLeft'), element('textarea'))).toBeUndefined();
	expect(keyAction(press('ArrowLeft'), element('input', 'range'))).toBeUndefined();
	expect(keyAction(press('ArrowLeft'), element('input', 'checkbox'))).toBe('back');
	expect(keyAction(press('Escape'), element('textarea'))).toBe('leave');
});

test("the browser's own shortcuts are left alone", () =>
	expect(keyAction(press('ArrowLeft', { altKey: true }), element('body'))).toBeUndefined());
