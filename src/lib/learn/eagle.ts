import { expectedTokens } from '$engine/cost/claims.ts';
import { stepMs, tidarSlots, type Setup } from '$engine/cost/index.ts';
import { draftModelOf, eagleHead } from '$engine/timeline/decoders.ts';
import { box, line, words, type Drawing, type Ink, type Mark } from '../charts/drawing.ts';

/** Who writes the drafts: nobody, a model of its own, a head on the large model, the large model's own masks. */
export const drafters = ['plain', 'intern', 'head', 'tidar'] as const;
export type Drafter = (typeof drafters)[number];

/** A round: what it takes, and what it brings. Times in ms, of a whole batch; tokens of one reader. */
export interface Lane {
	readonly drafter: Drafter;
	/** Passes by the drafter, one after the other, before the check. */
	readonly drafts: number;
	readonly draftMs: number;
	/** The large model's pass. */
	readonly passMs: number;
	readonly roundMs: number;
	readonly tokens: number;
	/** Against plain decoding in the same setup. */
	readonly times: number;
}

/**
 * The four ways at equal settings: the same model, device, batch, number of open drafts and acceptance, so that only
 * what drafting costs differs. TiDAR's draft 1 is certain, so that `gamma` open drafts are k = gamma + 1.
 * @throws RangeError where no model of the catalogue drafts for the setup's
 */
export function lanesOf(s: Setup, acceptance: number, gamma: number): Lane[] {
	const one = { ...s, slots: 1 };
	const plainMs = stepMs(one);
	const small = draftModelOf(s.model);
	if (!small) throw new RangeError(`No model here drafts for ${s.model.name}.`);
	const expected = expectedTokens(acceptance, gamma);
	const lane = (
		drafter: Drafter,
		tokens: number,
		passMs: number,
		drafts = 0,
		draftMs = 0
	): Lane => {
		const roundMs = drafts * draftMs + passMs;
		const times = (tokens * plainMs) / roundMs;
		return { drafter, drafts, draftMs, passMs, roundMs, tokens, times };
	};
	const check = stepMs({ ...s, slots: gamma + 1 });
	return [
		lane('plain', 1, plainMs),
		lane('intern', expected, check, gamma, stepMs({ ...one, model: small })),
		lane('head', expected, check, gamma, stepMs({ ...one, model: eagleHead(s.model) })),
		lane('tidar', expected, stepMs({ ...s, slots: tidarSlots(gamma + 1) }))
	];
}

/** The acceptance at which a chain of `gamma` drafts brings so many tokens a round, 0..1. */
export function acceptanceFor(tokens: number, gamma: number): number {
	let [low, high] = [0, 1];
	for (let i = 0; i < 60; i++) {
		const middle = (low + high) / 2;
		if (expectedTokens(middle, gamma) < tokens) low = middle;
		else high = middle;
	}
	return high;
}

/** What the drawing says, in the reader's language. */
export interface EagleWords {
	readonly large: string;
	readonly sees: string;
	readonly rounds: string;
	readonly name: (drafter: Drafter) => string;
	readonly result: (lane: Lane) => string;
	readonly tell: (lane: Lane) => string;
}

/** Layers that are drawn, of the large model's many. */
const DRAWN = 12;
/** Of those, the ones that the head gets to see: a low, a middle and a high one. */
const TAPS = [1, 6, 10];

/**
 * Above: the large model as a tower of layers, and what reaches each drafter from it. Below: a round by each of them on
 * one clock, and the tokens that it brings.
 * @param lit the drafter to bring out
 */
export function eagleDrawing(
	lanes: readonly Lane[],
	width: number,
	say: EagleWords,
	lit?: string
): Drawing {
	const marks: Mark[] = [words(say.sees, 0, 14, { ink: 'muted' })];
	const bright = (drafter: Drafter): { stroke: Ink; width: number } | object =>
		lit === drafter ? { stroke: 'accent', width: 2 } : {};

	// The tower, its lowest layer at the bottom.
	const [foot, layer] = [180, 11];
	const tower = Math.min(150, width * 0.3);
	const top = (i: number) => foot - (i + 1) * layer;
	for (let i = 0; i < DRAWN; i++) {
		const tapped = TAPS.includes(i);
		marks.push(
			box([0, top(i), tower, layer - 2], {
				fill: 'prefix',
				tint: tapped && lit !== 'intern' ? 0.9 : 0.3,
				...(tapped && lit === 'head' && { stroke: 'accent', width: 1.5 })
			})
		);
	}
	marks.push(words(say.large, 0, foot + 16, { size: 11, ink: 'muted' }));

	// What reaches the drafters: three layers the head, the bare text the intern, everything TiDAR's masks.
	const right = Math.max(tower + 48, width * 0.45);
	const places = { head: 62, tidar: 112, intern: 162 } as const;
	for (const tap of TAPS) {
		marks.push(
			line([tower + 3, top(tap) + 4], [right - 4, places.head], {
				stroke: lit === 'head' ? 'accent' : 'muted',
				width: lit === 'head' ? 1.75 : 1
			})
		);
	}
	marks.push(
		line([tower + 3, places.tidar], [right - 4, places.tidar], {
			stroke: lit === 'tidar' ? 'accent' : 'mask',
			width: 5
		}),
		line([tower + 3, foot - 2], [right - 4, places.intern], {
			stroke: lit === 'intern' ? 'accent' : 'line',
			dash: '3 3',
			width: 1.25
		})
	);
	const deep = { head: 1, tidar: 1, intern: 5 } as const;
	for (const drafter of ['head', 'tidar', 'intern'] as const) {
		const y = places[drafter];
		for (let i = 0; i < deep[drafter]; i++) {
			marks.push(
				box([right, y + 3 - i * 6, 34, 4.5], {
					fill: drafter === 'tidar' ? 'mask' : 'draft',
					tint: 0.85,
					...bright(drafter)
				})
			);
		}
		marks.push(words(say.name(drafter), right + 42, y + 8, { size: 11 }));
	}

	// A round each, on one clock.
	const begin = 232;
	const row = 50;
	const longest = Math.max(...lanes.map(({ roundMs }) => roundMs));
	const x = (ms: number) => (ms / longest) * (width - 4);
	marks.push(words(say.rounds, 0, begin - 10, { ink: 'muted' }));
	lanes.forEach((lane, i) => {
		const y = begin + i * row + 22;
		const { drafter, drafts, draftMs, passMs } = lane;
		marks.push(
			words(say.name(drafter), 0, y - 6, { size: 11, bold: lit === drafter }),
			words(say.result(lane), width, y - 6, { anchor: 'end', size: 11, ink: 'muted' })
		);
		for (let j = 0; j < drafts; j++) {
			const wide = Math.max(1, x(draftMs) - 1);
			marks.push(
				box([x(j * draftMs), y, wide, 18], { fill: 'draft', tint: 0.85, ...bright(drafter) })
			);
		}
		marks.push(
			box([x(drafts * draftMs), y, x(passMs) - 1, 18], {
				fill: drafter === 'tidar' ? 'mask' : 'prefix',
				tint: drafter === 'plain' ? 0.5 : 0.8,
				...bright(drafter)
			})
		);
	});
	return {
		width,
		height: begin + lanes.length * row,
		marks,
		spots: lanes.map((lane, i) => ({
			key: lane.drafter,
			x: width / 2,
			y: begin + i * row + 30,
			get label() {
				return say.tell(lane);
			}
		})),
		pick: 'xy'
	};
}
