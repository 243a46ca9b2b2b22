import { tidarSlots, type Setup } from '../cost/index.ts';
import { models, parameters, type Model } from '../models/index.ts';
import { drawAccepted, type Acceptance } from './acceptance.ts';

export const runDecoders = ['ar', 'speculative', 'eagle3', 'diffusion', 'tidar'] as const;
export type RunDecoder = (typeof runDecoders)[number];

/** What a run depends on. */
export interface RunSpec {
	readonly decoder: RunDecoder;
	/** Device, model, batch, formats and the context at the start; its slots are not looked at. */
	readonly setup: Setup;
	/** Drafts a round: k of TiDAR, gamma of speculation. */
	readonly drafts: number;
	/** Positions of a diffusion block, and denoising passes over it. */
	readonly block: number;
	readonly denoise: number;
	readonly acceptance: Acceptance;
	/** Rounds: a round is a step of AR and TiDAR, all drafts and their verification, or one block of diffusion. */
	readonly steps: number;
	/** The run ends when a sequence has so many tokens, if that is earlier. */
	readonly tokens?: number;
}

/** One forward pass to come. */
export interface PlannedPass {
	readonly role: 'step' | 'draft' | 'verify' | 'denoise';
	readonly setup: Setup;
	/** Tokens of each sequence that are known when it has ended. */
	readonly tokens: number;
}

/** Drafts that EAGLE-3 ranks its guesses over: arXiv 2503.01840 and its published heads. */
const EAGLE_VOCABULARY = 32_000;

/** The draft head of EAGLE-3: one layer of the target and a smaller vocabulary (arXiv 2503.01840). */
export const eagleHead = (target: Model): Model => ({
	...target,
	id: `${target.id}-eagle3`,
	name: `${target.name} EAGLE-3 head`,
	layers: target.layers.slice(-1),
	vocab: Math.min(target.vocab, EAGLE_VOCABULARY)
});

/** Share of the target's parameters that a draft model has at most. */
const DRAFT_SHARE = 1 / 5;

/**
 * The catalogue's model that drafts for a target: the largest with its vocabulary (drafts must be the target's
 * tokens) and at most a fifth of its parameters; undefined where there is none.
 */
export function draftModelOf(target: Model): Model | undefined {
	const most = parameters(target).total * DRAFT_SHARE;
	return models
		.filter((m) => m.vocab === target.vocab && parameters(m).total <= most)
		.filter((m) => !m.id.startsWith('tidar') && !m.id.startsWith('article'))
		.sort((a, b) => parameters(b).total - parameters(a).total)[0];
}

/**
 * The passes of a run, in order. Every sequence of a batch is taken to advance like the first.
 * @throws RangeError when speculation finds no draft model for the target
 */
export function* planRun(spec: RunSpec): Generator<PlannedPass> {
	const { decoder, setup: s, drafts, steps, tokens: most = Infinity } = spec;
	let known = 0;
	const at = (slots: number, more = 0, model = s.model): Setup => ({
		...s,
		model,
		slots,
		context: s.context + known + more
	});
	const take = (tokens: number): number => {
		const taken = Math.min(tokens, most - known);
		known += taken;
		return taken;
	};
	const rounds = function* (round: () => Generator<PlannedPass>): Generator<PlannedPass> {
		for (let i = 0; i < steps && known < most; i++) yield* round();
	};
	switch (decoder) {
		case 'ar':
			yield* rounds(function* () {
				yield { role: 'step', setup: at(1), tokens: take(1) };
			});
			return;
		case 'tidar': {
			const accepted = drawAccepted(spec.acceptance, 1);
			yield* rounds(function* () {
				const setup = at(tidarSlots(drafts));
				yield { role: 'step', setup, tokens: take(accepted(drafts)) };
			});
			return;
		}
		case 'speculative':
		case 'eagle3': {
			const accepted = drawAccepted(spec.acceptance, 0);
			const small = decoder === 'eagle3' ? eagleHead(s.model) : draftModelOf(s.model);
			if (!small) {
				throw new RangeError(
					`No model here drafts for ${s.model.name}: none of at most a fifth of its size shares its vocabulary of ${s.model.vocab}. Choose EAGLE-3 instead.`
				);
			}
			yield* rounds(function* () {
				for (let i = 0; i < drafts; i++) {
					yield { role: 'draft', setup: at(1, i, small), tokens: 0 };
				}
				const setup = at(drafts + 1);
				yield { role: 'verify', setup, tokens: take(accepted(drafts) + 1) };
			});
			return;
		}
		case 'diffusion':
			yield* rounds(function* () {
				const context = at(spec.block);
				for (let pass = 1, out = 0; pass <= spec.denoise; pass++) {
					// The block is uncovered evenly: so many positions are fixed after this pass.
					const fixed = Math.round((spec.block * pass) / spec.denoise);
					yield { role: 'denoise', setup: context, tokens: take(fixed - out) };
					out = fixed;
				}
			});
	}
}
