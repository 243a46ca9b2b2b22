import { breakEvenAcceptance, expectedTokens, speculativeSpeedup } from '$engine/cost/claims.ts';
import { box, line, through, words, type Drawing, type Mark } from '../charts/drawing.ts';

/** A round of speculative decoding: gamma drafts by the small model, one pass of the large one that checks them. */
export interface Round {
	/** The chance that a draft is accepted if those before it were, 0..1. */
	readonly acceptance: number;
	readonly gamma: number;
	/** What a draft costs, in one-slot passes of the large model. */
	readonly cost: number;
	/** What the pass that checks so many drafts costs, in the same unit; 1 in the paper. */
	readonly verify: (gamma: number) => number;
}

/** Drafts that the figure goes up to. */
export const MOST = 12;

/** The chance that draft i counts: it and all before it are accepted. */
export const survives = ({ acceptance }: Pick<Round, 'acceptance'>, i: number): number =>
	acceptance ** i;

/** Tokens a round over what it costs, in tokens by plain decoding. Leviathan et al. 2023, theorem 3.8. */
export const speedup = ({ acceptance, gamma, cost, verify }: Round): number =>
	speculativeSpeedup(acceptance, gamma, cost, verify(gamma));

/** The number of drafts from 1 to MOST that brings the largest speed-up. */
export function best(round: Round): number {
	const counts = Array.from({ length: MOST }, (_, i) => i + 1);
	const of = (gamma: number) => speedup({ ...round, gamma });
	return counts.reduce((a, b) => (of(b) > of(a) + 1e-12 ? b : a));
}

/** What a round takes, in one-slot passes of the large model. */
export const timeOf = ({ gamma, cost, verify }: Omit<Round, 'acceptance'>): number =>
	gamma * cost + verify(gamma);

/** The acceptance at which a round is as fast as plain decoding; null if it never is. */
export const breakEven = ({ gamma, cost, verify }: Round): number | null =>
	breakEvenAcceptance(gamma + 1, timeOf({ gamma, cost, verify }));

/** What the drawing says, in the reader's language. */
export interface InternWords {
	readonly round: string;
	readonly plain: string;
	readonly chance: string;
	readonly speed: string;
	readonly even: string;
	readonly best: string;
	readonly axis: string;
	/** What is told of a number of drafts. */
	readonly tell: (gamma: number) => string;
}

/**
 * Three pictures of a round above each other: how long it takes beside the passes that would have written the same tokens; the
 * chance that each draft counts; and the speed-up by number of drafts, with break-even and the best.
 * @param lit the one to bring out: 'round', 'chance' or 'speed'
 */
export function internDrawing(
	round: Round,
	width: number,
	say: InternWords,
	lit?: string
): Drawing {
	const { gamma, cost } = round;
	const tokens = expectedTokens(round.acceptance, gamma);
	const took = timeOf(round);
	const x = (passes: number) => (passes / Math.max(tokens, took, 4)) * (width - 2);
	const marks: Mark[] = [];
	const bright = (what: string) =>
		lit === what ? ({ stroke: 'accent', width: 1.5 } as const) : {};

	// A round, and the same tokens one by one.
	const tall = 26;
	for (const end of [took, tokens]) {
		// Interrupted where the label of the second row stands.
		for (const [from, to] of [
			[20, 54],
			[76, 108]
		] as const) {
			marks.push(line([x(end), from], [x(end), to], { stroke: 'accent', dash: '2 2' }));
		}
	}
	marks.push(words(say.round, 0, 14, { ink: 'muted' }));
	for (let i = 0; i < gamma; i++) {
		const wide = Math.max(0.5, x(cost) - 1);
		marks.push(
			box([x(i * cost), 22, wide, tall], { fill: 'draft', tint: 0.8, ...bright('round') })
		);
	}
	marks.push(
		box([x(gamma * cost), 22, x(round.verify(gamma)) - 1, tall], {
			fill: 'prefix',
			...bright('round')
		}),
		words(say.plain, 0, 70, { ink: 'muted', rim: true })
	);
	for (let i = 0; i < tokens - 1e-9; i++) {
		const wide = x(Math.min(1, tokens - i)) - 1;
		marks.push(box([x(i), 78, Math.max(0.5, wide), tall], { fill: 'prefix', tint: 0.55 }));
	}

	// One column a number of drafts, for the two pictures below.
	const left = 42;
	const column = (width - left) / MOST;
	const middle = (i: number) => left + (i - 0.5) * column;
	const floor = 236;
	const high = 84;
	marks.push(words(say.chance, 0, 138, { ink: 'muted' }));
	for (let i = 1; i <= MOST; i++) {
		const up = high * survives(round, i);
		const drafted = i <= gamma;
		marks.push(
			box([middle(i) - column * 0.36, floor - up, column * 0.72, up], {
				fill: 'draft',
				tint: drafted ? 0.8 : 0.1,
				...(drafted ? bright('chance') : { stroke: 'line' })
			})
		);
	}
	marks.push(line([left, floor], [width, floor], { stroke: 'line' }));
	for (const [share, name] of [
		[1, '100 %'],
		[0.5, '50 %']
	] as const) {
		const y = floor - high * share;
		marks.push(
			line([left, y], [width, y], { stroke: 'line', dash: '1 3' }),
			words(name, left - 5, y + 4, { anchor: 'end', ink: 'muted', size: 10 })
		);
	}

	// Speed-up by number of drafts.
	const speeds = Array.from({ length: MOST }, (_, i) => speedup({ ...round, gamma: i + 1 }));
	const most = Math.max(1.5, ...speeds) * 1.08;
	const base = 386;
	const y = (times: number) => base - (times / most) * 96;
	const top = best(round);
	marks.push(
		words(say.speed, 0, 272, { ink: 'muted' }),
		box([left, y(1), width - left, base - y(1)], { fill: 'accent', tint: 0.08, hatch: true }),
		line([left, y(1)] as const, [width, y(1)], { stroke: 'accent' }),
		words('1×', left - 5, y(1) + 4, { anchor: 'end', ink: 'accent', size: 11 }),
		words(say.even, width, base - 6, { anchor: 'end', ink: 'accent', size: 11 }),
		{
			type: 'path',
			d: through(speeds.map((times, i) => [middle(i + 1), y(times)] as const)),
			stroke: 'ink',
			width: lit === 'speed' ? 2.5 : 1.5
		}
	);
	speeds.forEach((times, i) => {
		const now = i + 1 === gamma;
		marks.push({
			type: 'dot',
			key: `speed ${i + 1}`,
			x: middle(i + 1),
			y: y(times),
			r: now ? 6 : i + 1 === top ? 5 : 3,
			shape: i + 1 === top ? 'diamond' : 'circle',
			fill: now ? 'accent' : i + 1 === top ? 'ink' : 'paper',
			stroke: now ? 'accent' : 'ink'
		});
		marks.push(
			words(String(i + 1), middle(i + 1), base + 17, {
				anchor: 'middle',
				ink: now ? 'accent' : 'muted',
				bold: now
			})
		);
	});
	marks.push(
		words(say.best, middle(top), y(speeds[top - 1]!) - 11, {
			anchor: anchorAt(top),
			size: 11,
			rim: true
		}),
		words(say.axis, width, base + 36, { anchor: 'end', ink: 'muted' })
	);
	return {
		width,
		height: base + 44,
		marks,
		spots: speeds.map((times, i) => ({
			key: String(i + 1),
			x: middle(i + 1),
			y: y(times),
			get label() {
				return say.tell(i + 1);
			}
		})),
		pick: 'x'
	};
}

const anchorAt = (column: number) =>
	column <= 2 ? 'start' : column >= MOST - 1 ? 'end' : 'middle';
