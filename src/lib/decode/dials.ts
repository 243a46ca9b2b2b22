import type { DecoderName, Settings } from '$engine/decode/index.ts';
import { isHere, type Extra } from '../state/extras.ts';
import type { limits } from './url.ts';

/** All decoders, in the order in which the page offers them. */
export const offered: readonly DecoderName[] = [
	'tidar',
	'tidar-tree',
	'ar',
	'speculative',
	'eagle3',
	'lookup',
	'block',
	'llada',
	'dream'
];

/** Those that can run on this copy of the site, in the same order. */
export const offeredHere = (extras: readonly Extra[]): readonly DecoderName[] =>
	offered.filter((decoder) => isHere(decoder, extras));

/** A setting that only some decoders read. */
export type Dial =
	| Extract<
			keyof typeof limits,
			'k' | 'beta' | 'slots' | 'gamma' | 'threshold' | 'perPass' | 'block'
	  >
	| 'order';

/** What each decoder reads beside temperature, top-p, seed and length. */
export const dials: Record<DecoderName, readonly Dial[]> = {
	ar: [],
	tidar: ['k', 'beta'],
	'tidar-tree': ['slots', 'k'],
	lookup: ['gamma'],
	block: ['k', 'threshold', 'perPass'],
	speculative: ['gamma'],
	eagle3: ['gamma'],
	llada: ['perPass', 'block'],
	dream: ['perPass', 'order']
};

/** How far a step of a decoder reaches at most: positions of its drafts, and masks behind the last of them. */
export interface Reach {
	readonly drafts: number;
	readonly masks: number;
	/** Rows of blocks, or of passes over a canvas. */
	readonly rows: number;
}

/** Rows of a canvas that a view keeps room for. */
const PASSES = 16;

export function reachOf({ decoder, k, gamma, block, maxTokens }: Settings): Reach {
	const canvas = (length: number): Reach => ({
		drafts: length,
		masks: 0,
		rows: Math.min(length, PASSES)
	});
	const chain = (drafts: number): Reach => ({ drafts, masks: 0, rows: 0 });
	switch (decoder) {
		case 'ar':
			return chain(1);
		case 'tidar':
			return k === 1 ? { drafts: 1, masks: 1, rows: 0 } : { drafts: k, masks: k, rows: k };
		case 'tidar-tree':
			return { drafts: k, masks: k, rows: 0 };
		case 'block':
			return canvas(Math.min(k, maxTokens));
		case 'llada':
			return canvas(Math.min(block, maxTokens));
		case 'dream':
			return canvas(maxTokens);
		default:
			return chain(1 + gamma);
	}
}
