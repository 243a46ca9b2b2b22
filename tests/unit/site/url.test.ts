import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults, orders } from '../../../engine/decode/index.ts';
import { offered, offeredHere } from '../../../src/lib/decode/dials.ts';
import {
	backends,
	limits,
	LONGEST_PROMPT,
	readPlace,
	speeds,
	writePlace
} from '../../../src/lib/decode/url.ts';

const place = fc.record({
	settings: fc
		.record({
			decoder: fc.constantFrom(...offered),
			slots: fc.integer(limits.slots),
			gamma: fc.integer(limits.gamma),
			threshold: fc.constantFrom(0.05, 0.5, 1),
			perPass: fc.integer(limits.perPass),
			block: fc.integer(limits.block),
			order: fc.constantFrom(...orders),
			k: fc.integer(limits.k),
			beta: fc.constantFrom(0, 0.35, 1),
			temperature: fc.constantFrom(0, 0.7, 2),
			topP: fc.constantFrom(0.05, 0.9, 1),
			seed: fc.integer(limits.seed),
			maxTokens: fc.integer(limits.maxTokens)
		})
		.map((asked) => ({ ...defaults, ...asked })),
	pair: fc.constant(false),
	prompt: fc.option(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), {
		nil: undefined
	}),
	session: fc.option(fc.stringMatching(/^[\w-]{1,20}\+?$/), { nil: undefined }),
	step: fc.option(fc.integer({ min: 1, max: 999 }), { nil: undefined }),
	speed: fc.constantFrom(...speeds),
	backend: fc.constantFrom(...backends)
});

describe('readPlace and writePlace', () => {
	test('a place survives its link', () => {
		fc.assert(
			fc.property(place, (asked) => {
				const link = new URLSearchParams(writePlace(asked).toString());
				expect(readPlace(link)).toEqual({ place: asked, corrections: [] });
			})
		);
	});

	test('a decoder by its other name; one that is not here is told', () => {
		const read = (query: string) => readPlace(new URLSearchParams(query));
		expect(read('d=block-diffusion').place.settings.decoder).toBe('block');
		expect(read('d=block-diffusion').corrections).toEqual([]);
		expect(read('d=both').place).toMatchObject({ pair: true, settings: { decoder: 'tidar' } });
		const here = offeredHere([]);
		expect(readPlace(new URLSearchParams('d=llada'), here).corrections).toEqual([
			{ name: 'd', asked: 'llada', taken: 'tidar' }
		]);
	});

	test('defaults take no room in the link', () => {
		const none = { settings: defaults, pair: false, speed: 1, backend: 'auto' as const };
		expect(writePlace(none).toString()).toBe('');
		expect(readPlace(new URLSearchParams()).place.settings).toEqual(defaults);
	});

	test('anything at all is read, clamped, and what was changed is told', () => {
		fc.assert(
			fc.property(
				fc.dictionary(
					fc.constantFrom(
						'k',
						't',
						'beta',
						'top',
						'seed',
						'max',
						'step',
						'd',
						'slots',
						'gamma',
						'threshold',
						'pass',
						'speed',
						'session',
						'prompt'
					),
					fc.string()
				),
				(query) => {
					const { place, corrections } = readPlace(new URLSearchParams(query));
					const { settings } = place;
					for (const field of Object.keys(limits) as (keyof typeof limits)[]) {
						expect(settings[field]).toBeGreaterThanOrEqual(limits[field].min);
						expect(settings[field]).toBeLessThanOrEqual(limits[field].max);
					}
					expect(Number.isInteger(settings.k)).toBe(true);
					expect(corrections.every(({ name }) => name in query)).toBe(true);
				}
			)
		);
	});

	test.each([
		['k=99', 'k', '16'],
		['k=-3', 'k', '1'],
		['k=2.6', 'k', '3'],
		['t=hot', 't', '0'],
		['max=', 'max', '256'],
		['seed=1e99', 'seed', String(limits.seed.max)],
		['d=beam', 'd', 'tidar'],
		['on=tpu', 'on', 'auto'],
		['step=-1', 'step', '0']
	])('%s is corrected to %s = %s', (query, name, taken) => {
		expect(readPlace(new URLSearchParams(query)).corrections).toMatchObject([{ name, taken }]);
	});

	test('a long prompt stays out of links', () => {
		const prompt = 'x'.repeat(LONGEST_PROMPT + 1);
		expect(
			writePlace({ settings: defaults, pair: false, speed: 1, backend: 'auto', prompt }).toString()
		).toBe('');
		expect(readPlace(new URLSearchParams({ prompt })).place.prompt).toHaveLength(LONGEST_PROMPT);
	});
});
