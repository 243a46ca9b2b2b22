import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../../engine/decode/index.ts';
import { joined, partOf, type Shown } from '../../../src/lib/present/mirror.ts';
import { makeSession } from '../site/fixture.ts';

const whole = await makeSession({ decoder: 'tidar', maxTokens: 12, k: 3 });
const other = await makeSession({ decoder: 'ar', maxTokens: 6, k: 3 });
const upTo = (session: Session, steps: number): Session => ({
	...session,
	steps: session.steps.slice(0, steps)
});
/** As it arrives in the other window. */
const travelled = <T>(data: T): T => structuredClone(data);

describe('what one window shows, shown in another', () => {
	test('a run that grows travels a step at a time, and is the same there', () => {
		let sent: Shown<number> | undefined;
		let have: Shown<number> | undefined;
		for (let n = 1; n <= whole.steps.length; n++) {
			const next = { sessions: [upTo(whole, n)], rest: n };
			const part = partOf(sent, next);
			expect(part.pieces[0]!.steps).toHaveLength(1);
			have = joined(have, travelled(part));
			expect(have).toEqual(next);
			sent = next;
		}
	});

	test('a run that stays costs nothing, and is the same object there', () => {
		const shown = { sessions: [whole], rest: 1 };
		const have = joined(undefined, travelled(partOf(undefined, shown)))!;
		const part = partOf(shown, { ...shown, rest: 2 });
		expect(part.pieces).toEqual([{ from: whole.steps.length, steps: [] }]);
		const after = joined(have, travelled(part))!;
		expect(after.rest).toBe(2);
		expect(after.sessions[0]).toBe(have.sessions[0]);
	});

	test('whoever comes late, or missed something, knows that all must be asked for', () => {
		const first = { sessions: [upTo(whole, 2)], rest: 0 };
		const next = { sessions: [upTo(whole, 4)], rest: 0 };
		expect(joined(undefined, partOf(first, next))).toBeUndefined();
		expect(joined(undefined, partOf(next, next))).toBeUndefined();
		expect(joined(undefined, travelled(partOf(undefined, next)))).toEqual(next);
	});

	test('whatever is shown after what', () => {
		const sessions = fc
			.constantFrom(whole, other)
			.chain((session) =>
				fc.integer({ min: 0, max: session.steps.length }).map((n) => upTo(session, n))
			);
		const scenes = fc.array(fc.array(sessions, { maxLength: 2 }), { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(scenes, (all) => {
				let sent: Shown<number> | undefined;
				let have: Shown<number> | undefined;
				for (const [rest, sessions] of all.entries()) {
					const next = { sessions, rest };
					have = joined(have, travelled(partOf(sent, next)));
					expect(have).toEqual(next);
					sent = next;
				}
			})
		);
	});
});
