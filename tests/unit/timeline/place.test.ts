import { describe, expect, test } from 'vitest';
import { base, presetIds, presets } from '../../../src/lib/timeline/choice.ts';
import { keyMeaning } from '../../../src/lib/timeline/keys.ts';
import { kindOfText } from '../../../src/lib/timeline/open.ts';
import { readPlace, writePlace, type Place } from '../../../src/lib/timeline/place.ts';

const read = (query: string) => readPlace(new URLSearchParams(query));

describe('readPlace(params), writePlace(place)', () => {
	const places: Place[] = [
		...presetIds.map((preset): Place => ({
			source: { kind: 'simulated', preset, choice: presets[preset].choice },
			words: presets[preset].words,
			pinned: [],
			marks: []
		})),
		{
			source: {
				kind: 'simulated',
				choice: { ...base, gpu: 'h200', batch: 4, decoders: ['tidar'], rate: 0.65, session: 'sky' }
			},
			words: 'kitchen',
			view: { start: 0.0125, end: 3.5 },
			playHead: 1.25,
			speed: 0.019,
			selected: { run: 1, slice: 420 },
			area: { start: 0.1, end: 0.2 },
			find: 'gate-up',
			hidden: ['launch', 'link'],
			pinned: ['0.3', '1.4'],
			marks: [{ start: 0.5, end: 0.75, name: 'a-b c' }]
		},
		{ source: { kind: 'measured', id: 'h100-qwen3-8b-72' }, words: 'chip', pinned: [], marks: [] },
		{ source: { kind: 'session', id: 'gravity' }, words: 'chip', pinned: [], marks: [] }
	];
	test.each(places)('%j is the same again', (place) => {
		const { place: back, corrections } = read(String(writePlace(place)));
		expect(back).toEqual(place);
		expect(corrections).toEqual([]);
	});

	test('the default needs no query; a preset only its name', () => {
		expect(String(writePlace(read('').place))).toBe('');
		expect(String(writePlace(places[1]!))).toBe('p=article');
	});

	test.each([
		['gpu=h900', 'gpu', 'h100-sxm'],
		['k=99', 'k', '16'],
		['k=2.6', 'k', '3'],
		['rate=2', 'rate', '1'],
		['rate=x', 'rate', '–'],
		['tp=3', 'tp', '1'],
		['p=none', 'p', 'qwen'],
		['runs=ar,gpt', 'runs', 'ar'],
		['runs=', 'runs', 'ar,tidar'],
		['t=5-2', 't', '–'],
		['t=a-b', 't', '–'],
		['measured=../../etc/passwd', 'measured', '–'],
		['words=latin', 'words', 'chip'],
		['off=launch_gpu', 'off', 'launch'],
		['pin=0.1_x', 'pin', '0.1'],
		['speed=-1', 'speed', '0.000001']
	])('%s is corrected and told', (query, name, taken) => {
		expect(read(query).corrections).toContainEqual(
			expect.objectContaining({ name, taken: expect.stringContaining(taken) })
		);
	});

	test('marks that make no sense are left out, and there are few', () => {
		expect(read('marks=1-0-x~a-b~3-4-ok').place.marks).toEqual([
			{ start: 0.003, end: 0.004, name: 'ok' }
		]);
		expect(read(`marks=${Array(99).fill('1-2-m').join('~')}`).place.marks).toHaveLength(20);
	});
});

describe('keyMeaning(event, target)', () => {
	const key = (key: string, code = '', on = '', more = {}) =>
		keyMeaning(
			{ key, code, ctrlKey: false, metaKey: false, altKey: false, ...more },
			{ matches: (selector) => on !== '' && selector.includes(on) }
		);
	test('W A S D by place, whatever is printed there', () => {
		expect(key('z', 'KeyW')).toEqual({ push: 'in' });
		expect(key('q', 'KeyA')).toEqual({ push: 'back' });
		expect(key('ArrowRight', 'ArrowRight')).toEqual({ push: 'on' });
	});
	test('fields and shortcuts of the browser keep theirs', () => {
		expect(key('s', 'KeyS', '', { ctrlKey: true })).toBeUndefined();
		expect(key('a', 'KeyA', 'select')).toBeUndefined();
		expect(key(' ', 'Space', 'button')).toBeUndefined();
		expect(key(' ', 'Space')).toEqual({ action: 'play' });
	});
	test('up, down and Enter belong to the drawing', () => {
		expect(key('ArrowDown', 'ArrowDown')).toBeUndefined();
		expect(key('ArrowDown', 'ArrowDown', '[role=application]')).toEqual({ action: 'down' });
		expect(key('Enter', 'Enter', '[role=application]')).toEqual({ action: 'focus' });
	});
});

test('kindOfText tells a session from a trace', () => {
	expect(kindOfText('{"version":1,"model":{"name":"x"}')).toBe('session');
	expect(kindOfText('{\n"version": 1, "model": 3')).toBe('session');
	expect(kindOfText('{"schemaVersion":1,"traceEvents":[]}')).toBe('trace');
	expect(kindOfText('[{"ph":"X"}]')).toBe('trace');
});
