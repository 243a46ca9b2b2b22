import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	acceptedOf,
	AR_ROW,
	frameAt,
	prefixOf,
	TEXT_ROW,
	type Phase
} from '../../../src/lib/decode/frame.ts';
import { pathOf, type DecoderName } from '../../../engine/decode/index.ts';
import { makeSession } from './fixture.ts';

const settings = fc.record({
	decoder: fc.constantFrom(
		'ar',
		'tidar',
		'tidar-tree',
		'lookup',
		'speculative',
		'eagle3',
		'block',
		'llada',
		'dream'
	) as fc.Arbitrary<DecoderName>,
	slots: fc.integer({ min: 2, max: 60 }),
	block: fc.integer({ min: 3, max: 9 }),
	threshold: fc.constantFrom(0.05, 0.3, 0.9),
	k: fc.integer({ min: 1, max: 6 }),
	beta: fc.constantFrom(0, 0.5, 1),
	temperature: fc.constantFrom(0, 1)
});
const agreement = fc.constantFrom(0.3, 0.8, 1);
const kinds = fc.constantFrom(undefined, 'llada' as const, 'dream' as const);
const phases: Phase[] = ['rest', 'accept', 'slide'];

describe('frameAt(session, index, phase)', () => {
	test('does not depend on where one came from: a step back gives the very same frame', async () => {
		await fc.assert(
			fc.asyncProperty(settings, agreement, kinds, async (changes, share, canvas) => {
				const session = await makeSession(changes, { agreement: share, canvas });
				const forth = session.steps.map((_, i) => frameAt(session, i, 'rest'));
				const back = session.steps.map((_, i) =>
					frameAt(session, session.steps.length - 1 - i, 'rest')
				);
				expect(back.reverse()).toEqual(forth);
			}),
			{ numRuns: 20 }
		);
	});

	test('has one tile a key and, in a row, one tile a position', async () => {
		await fc.assert(
			fc.asyncProperty(settings, agreement, kinds, async (changes, share, canvas) => {
				const session = await makeSession(changes, { agreement: share, canvas });
				for (let i = 0; i < session.steps.length; i++) {
					for (const phase of phases) {
						const { tiles } = frameAt(session, i, phase);
						const keys = new Set(tiles.map(({ key }) => key));
						const places = new Set(tiles.map(({ row, position }) => `${row}:${position}`));
						expect(keys.size).toBe(tiles.length);
						expect(places.size).toBe(tiles.length);
					}
				}
			}),
			{ numRuns: 20 }
		);
	});

	test('tiles travel: what slides into the draft row is what the next step rests on', async () => {
		await fc.assert(
			fc.asyncProperty(settings, agreement, kinds, async (changes, share, canvas) => {
				const session = await makeSession(changes, { agreement: share, canvas });
				for (let i = 0; i + 1 < session.steps.length; i++) {
					const slide = frameAt(session, i, 'slide');
					const rest = frameAt(session, i + 1, 'rest');
					const places = new Map(slide.tiles.map((tile) => [tile.key, tile]));
					expect(slide.anchor).toBe(rest.anchor);
					// What a decoder hands over; others draft within the step.
					const handed = ['ar', 'tidar', 'tidar-tree'].includes(changes.decoder);
					for (const tile of rest.tiles.filter(({ row, kind }) =>
						handed ? row < rest.lanes.ar : row === TEXT_ROW && kind === 'prefix'
					)) {
						expect(places.get(tile.key)).toMatchObject({
							position: tile.position,
							token: tile.token,
							kind: tile.kind
						});
					}
					// They were there before: as masks of the chosen block or as the AR half's word.
					const before = new Set(frameAt(session, i, 'rest').tiles.map(({ key }) => key));
					for (const tile of slide.tiles.filter(({ kind, row }) => kind === 'draft' && row === 0)) {
						expect(before).toContain(tile.key);
					}
				}
			}),
			{ numRuns: 20 }
		);
	});

	test("the columns are text positions: drafts stand above the AR half's word for the same position", async () => {
		const session = await makeSession();
		const step = session.steps[2]!;
		const { tiles } = frameAt(session, 2, 'rest');
		for (const { row, position, number, token } of tiles) {
			if (row === AR_ROW) expect(position).toBe(step.start + number!);
			if (row === TEXT_ROW && position >= step.start) {
				expect(token).toBe(step.tokens[position - step.start]);
			}
		}
	});

	test('the prefix is the prompt and what was emitted before', async () => {
		const session = await makeSession({}, { context: [10, 2, 3] });
		session.steps.forEach((step, i) => {
			if (i === 0) return expect(prefixOf(session, 0)).toEqual(session.context);
			expect(prefixOf(session, i)).toHaveLength(step.start);
		});
		const last = session.steps.length - 1;
		const { tiles, anchor } = frameAt(session, last, 'rest', 4);
		expect(tiles.filter(({ kind }) => kind === 'prefix').map(({ token }) => token)).toEqual(
			prefixOf(session, last).slice(anchor - 4)
		);
	});

	test('fates say what the verdicts say', async () => {
		const session = await makeSession({}, { agreement: 0.5 });
		session.steps.forEach((step, i) => {
			const drafts = frameAt(session, i, 'rest').tiles.filter(({ kind }) => kind === 'draft');
			expect(drafts.filter(({ fate }) => fate === 'accepted')).toHaveLength(step.emitted.length);
			const refused = step.verdicts.filter(({ accepted }) => !accepted).length;
			expect(drafts.filter(({ fate }) => fate === 'rejected')).toHaveLength(refused);
			expect(acceptedOf(step)).toBe(step.verdicts.length - refused);
		});
	});

	test('a tree: every draft has a place of its own, children stand one position behind their parent', async () => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 2, max: 80 }), agreement, async (slots, share) => {
				const session = await makeSession({ decoder: 'tidar-tree', slots }, { agreement: share });
				for (const [i, step] of session.steps.entries()) {
					const { tiles } = frameAt(session, i, 'rest');
					const drafts = tiles.filter(({ kind }) => kind === 'draft');
					expect(drafts).toHaveLength(step.layout.parents.length);
					const at = new Map(drafts.map((tile) => [tile.number!, tile]));
					step.layout.parents.forEach((parent, i) => {
						const [child, above] = [at.get(i + 1)!, at.get(parent)];
						if (!above) return;
						expect(child.position).toBe(above.position + 1);
						if (child.from !== undefined) expect(child.from).toBe(above.row);
					});
					const accepted = drafts.filter(({ fate }) => fate === 'accepted');
					expect(accepted.map(({ number }) => number)).toEqual(
						pathOf(step).slice(0, step.emitted.length)
					);
					expect(accepted.map(({ token }) => token)).toEqual(step.emitted);
				}
			}),
			{ numRuns: 15 }
		);
	});

	test('a canvas: the text row holds what it holds, each row below what one pass filled', async () => {
		const session = await makeSession({ decoder: 'block', threshold: 0.3 }, { agreement: 0.5 });
		session.steps.forEach((step, i) => {
			if (!step.canvas) return;
			const { tiles, heads, anchor } = frameAt(session, i, 'rest');
			const text = tiles.filter(({ row, canvas }) => canvas && row === TEXT_ROW);
			const filled = text.filter(({ token }) => token !== undefined);
			const left = step.canvas.remasked.length;
			expect(text.length - filled.length).toBe(left);
			expect(step.emitted).toEqual(left > 0 ? [] : filled.map(({ token }) => token));
			const now = heads.findLast(({ what }) => what === 'pass')!;
			expect(tiles.filter(({ row, fate }) => row === now.row && fate === 'chosen')).toHaveLength(
				step.canvas.unmasked.length
			);
			// Every token stands in its column once more, in the row of the pass that filled it.
			for (const { position, token, number } of filled) {
				expect(tiles.find(({ row, position: p }) => row === number && p === position)!.token).toBe(
					token
				);
			}
			expect(anchor).toBe(prefixOf(session, i).length);
		});
	});

	test('throws on a step that is not there', async () => {
		const session = await makeSession();
		expect(() => frameAt(session, 99, 'rest')).toThrow(/step 99 of a session with/);
	});
});
