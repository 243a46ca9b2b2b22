import {
	canvasPasses,
	layoutOf,
	originOf,
	pathOf,
	type Origin,
	type Session,
	type Step,
	type Verdict
} from '$engine/decode/index.ts';
import { slotOfDraft } from '$engine/mask/index.ts';
import { duelAt, type Duel, type Spot } from './candidates.ts';

/** Something that happened to a token on its way into the answer, and where it can be looked at. */
export type Act = { readonly step: number; readonly spot?: Spot } & (
	| {
			/** The model itself said it behind the last accepted token: in place of a rejected draft, or as the next token. */
			readonly what: 'said';
			readonly share?: number;
			/** The draft that it replaced, and its test. */
			readonly rejected?: { readonly token: number; readonly verdict: Verdict };
	  }
	| {
			readonly what: 'drafted';
			readonly by: Exclude<Origin['by'], 'ar'>;
			readonly share?: number;
			/** Its mask: block, and place in it from 1. */
			readonly mask?: { readonly block: number; readonly number: number };
	  }
	| { readonly what: 'tested'; readonly verdict: Verdict }
	| {
			/** A pass over a canvas guessed for its place, and put the mask back. */
			readonly what: 'guessed';
			readonly pass: number;
			readonly token?: number;
			readonly share?: number;
	  }
	| {
			readonly what: 'filled';
			readonly pass: number;
			readonly confidence: number;
			readonly open: number;
			readonly filled: number;
	  }
	| { readonly what: 'written'; readonly tokens: number }
);

/** How one token of an answer came about. */
export interface Story {
	readonly token: number;
	/** Among the tokens that the session's steps emitted, from 0. */
	readonly ordinal: number;
	readonly position: number;
	/** Oldest first. */
	readonly acts: readonly Act[];
	/** The comparison that decided it, and its step. */
	readonly duel?: Duel;
	readonly decided: number;
}

/** The place of a text position among the emitted tokens; negative for the prompt and what was before it. */
export const ordinalOf = ({ context, promptTokens }: Session, position: number): number =>
	position - context.length - promptTokens.length;

/** The story of the token `ordinal`, read off the steps of any decoder; undefined where there is no such token. */
export function storyOf(session: Session, ordinal: number): Story | undefined {
	let before = 0;
	const index = session.steps.findIndex(({ emitted }) => (before += emitted.length) > ordinal);
	const step = session.steps[index];
	if (!step || ordinal < 0) return undefined;
	const at = ordinal - (before - step.emitted.length);
	const position = session.context.length + session.promptTokens.length + ordinal;
	const told = step.canvas
		? actsOnCanvas(session, index, position)
		: actsOfDraft(session, index, pathOf(step)[at] ?? at + 1);
	const written: Act = { step: index, what: 'written', tokens: step.emitted.length };
	const decisive = told.decisive;
	return {
		token: step.emitted[at]!,
		ordinal,
		position,
		acts: [...told.acts, written],
		duel: decisive && duelAt(session, decisive.step, decisive.spot),
		decided: decisive?.step ?? index
	};
}

interface Told {
	readonly acts: readonly Act[];
	readonly decisive?: { readonly step: number; readonly spot: Spot };
}

const shareOf = ({ prediction }: Origin, token: number): number | undefined =>
	prediction?.probabilities[prediction.tokens.indexOf(token)];

/** A draft that was accepted. */
function actsOfDraft(session: Session, index: number, draft: number): Told {
	const step = session.steps[index]!;
	const slot = slotOfDraft(layoutOf(step), draft);
	const token = step.tokens[slot]!;
	const spot = { slot, says: false };
	const origin = originOf(session, index, draft);
	const verdict = step.verdicts.find((one) => one.draft === draft);
	const tested: Act[] = verdict ? [{ step: index, spot, what: 'tested', verdict }] : [];
	if (!origin) return { acts: tested, decisive: { step: index, spot } };

	const share = shareOf(origin, token);
	if (origin.by === 'ar') {
		const before = session.steps[origin.step!]!;
		const refused = before.verdicts.find(({ accepted }) => !accepted);
		const from = refused && slotOfDraft(layoutOf(before), refused.draft);
		const said = { slot: origin.slot!, says: true };
		const rejected =
			before.next!.first === 'correction' && from !== undefined
				? { token: before.tokens[from]!, verdict: refused! }
				: undefined;
		return {
			acts: [{ step: origin.step!, spot: said, what: 'said', share, rejected }, ...tested],
			decisive: { step: origin.step!, spot: rejected ? { slot: from!, says: false } : said }
		};
	}
	const place = origin.by === 'diffusion' ? maskAt(session.steps[origin.step!]!, origin.slot!) : {};
	const drafted: Act = {
		step: origin.step ?? index,
		...(origin.slot !== undefined && { spot: { slot: origin.slot, says: origin.by === 'draft' } }),
		what: 'drafted',
		by: origin.by,
		share,
		...place
	};
	return { acts: [drafted, ...tested], decisive: { step: index, spot } };
}

function maskAt(step: Step, slot: number) {
	const { block, number } = layoutOf(step).slots[slot]!;
	return { mask: { block, number } };
}

/** A place of a canvas: what each pass made of it. */
function actsOnCanvas(session: Session, index: number, position: number): Told {
	const { steps } = session;
	let decisive: Told['decisive'];
	const acts = canvasPasses(steps, index).flatMap((at, i): Act[] => {
		const step = steps[at]!;
		const slot = layoutOf(step).slots.findIndex(
			({ region, offset }) => region === 'mask' && step.start + offset === position
		);
		const spot = { slot, says: false };
		const duel = duelAt(session, at, spot);
		if (!duel?.place) return [];
		const { fate, confidence, open, filled } = duel.place;
		const pass = i + 1;
		if (fate === 'back') {
			const share = duel.diffusion?.probabilities[0];
			return [{ step: at, spot, what: 'guessed', pass, token: duel.token, share }];
		}
		if (fate !== 'filled') return [];
		decisive = { step: at, spot };
		return [{ step: at, spot, what: 'filled', pass, confidence: confidence!, open, filled }];
	});
	return { acts, decisive };
}
