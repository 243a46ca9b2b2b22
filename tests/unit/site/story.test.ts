import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	answerOf,
	originOf,
	pathOf,
	type DecoderName,
	type Settings
} from '../../../engine/decode/index.ts';
import { ordinalOf, storyOf } from '../../../src/lib/decode/story.ts';
import { makeSession } from './fixture.ts';

const settings: fc.Arbitrary<Partial<Settings>> = fc.record({
	decoder: fc.constantFrom<DecoderName[]>(
		'ar',
		'tidar',
		'tidar-tree',
		'lookup',
		'speculative',
		'eagle3',
		'block',
		'llada',
		'dream'
	),
	k: fc.integer({ min: 1, max: 6 }),
	slots: fc.integer({ min: 2, max: 60 }),
	block: fc.integer({ min: 3, max: 9 }),
	beta: fc.constantFrom(0, 1),
	temperature: fc.constantFrom(0, 1)
});

/** How the model reads a canvas: after a cached prompt, or with it, each mask in its place or one before. */
const kinds = fc.constantFrom(undefined, 'llada' as const, 'dream' as const);

describe('storyOf(session, ordinal)', () => {
	test('tells every token of every decoder: who proposed it, what tested it, which step wrote it', async () => {
		await fc.assert(
			fc.asyncProperty(
				settings,
				fc.constantFrom(0.3, 0.8),
				kinds,
				async (changes, agreement, canvas) => {
					const session = await makeSession(changes, { agreement, canvas });
					const answer = answerOf(session);
					for (const [ordinal, token] of answer.entries()) {
						const story = storyOf(session, ordinal)!;
						expect(story.token).toBe(token);
						expect(ordinalOf(session, story.position)).toBe(ordinal);
						const steps = story.acts.map(({ step }) => step);
						expect(steps).toEqual([...steps].sort((a, b) => a - b));
						const written = story.acts.at(-1)!;
						expect(written.what).toBe('written');
						expect(session.steps[written.step]!.emitted).toContain(token);
						const whats = story.acts.map(({ what }) => what);
						if (session.steps[written.step]!.canvas) {
							expect(whats.filter((what) => what === 'filled')).toHaveLength(1);
						} else {
							expect(whats.at(0)).toMatch(/said|drafted/);
							expect(whats.at(1)).toBe('tested');
						}
						expect(story.duel).toBeDefined();
					}
					expect(storyOf(session, answer.length)).toBeUndefined();
					expect(storyOf(session, -1)).toBeUndefined();
				}
			),
			{ numRuns: 25 }
		);
	});

	test('a correction names the draft it replaced, and its test', async () => {
		const session = await makeSession({ temperature: 1 }, { agreement: 0.5 });
		const at = session.steps.findIndex(({ next }) => next?.first === 'correction');
		const step = session.steps[at]!;
		const refused = step.verdicts.at(-1)!;
		const ordinal = session.steps.slice(0, at + 1).flatMap(({ emitted }) => emitted).length;
		const [act] = storyOf(session, ordinal)!.acts;
		expect(act).toMatchObject({
			what: 'said',
			step: at,
			rejected: { token: step.tokens[refused.draft - 1], verdict: refused }
		});
		expect(refused.rule).toBe('ratio');
	});
});

const drafters = {
	tidar: 'diffusion',
	'tidar-tree': 'diffusion',
	lookup: 'text',
	speculative: 'draft'
};

describe('originOf(session, index, draft)', () => {
	test('holds the prediction that a draft was taken from', async () => {
		for (const decoder of ['tidar', 'tidar-tree', 'lookup', 'speculative'] as const) {
			const session = await makeSession({ decoder }, { agreement: 0.7 });
			session.steps.forEach(({ kind, by, layout, tokens }, index) => {
				if (kind === 'prefill' || by === 'draft') return;
				layout.parents.forEach((_, i) => {
					const origin = originOf(session, index, i + 1)!;
					expect(origin.prediction!.tokens).toContain(tokens[i]);
					if (i === 0) expect(origin.by).toBe('ar');
					else expect(origin.by).toBe(drafters[decoder]);
				});
			});
		}
	});

	test('pathOf lists the accepted drafts in the order of the text', async () => {
		const { steps } = await makeSession({ decoder: 'tidar-tree', slots: 40 }, { agreement: 0.4 });
		expect(steps.some((step) => pathOf(step).some((draft, i) => draft !== i + 1))).toBe(true);
		for (const step of steps) {
			const path = pathOf(step);
			expect(path.map((draft) => step.layout.parents[draft - 1])).toEqual(
				[0, ...path].slice(0, path.length)
			);
		}
	});
});
