import type { Component } from 'svelte';
import type { Session } from '$engine/decode/index.ts';
import type { Spec } from './place.ts';
import type { Stage } from './stage.svelte.ts';

/** What every lesson's figure is given: the state it shares with the text, and a recorded run where it plays one. */
export interface FigureProps {
	stage: Stage;
	session?: Session;
}

interface FigureModule {
	readonly default: Component<FigureProps>;
	/** The state that a link reproduces. */
	readonly spec: Spec;
}

/** The figures that lessons name in their front matter. */
export const figures: Readonly<Record<string, () => Promise<FigureModule>>> = {
	kitchen: () => import('$lib/components/learn/figures/Kitchen.svelte'),
	tokens: () => import('$lib/components/learn/figures/Tokens.svelte'),
	transfer: () => import('$lib/components/learn/figures/Transfer.svelte'),
	roofline: () => import('$lib/components/learn/figures/Roofline.svelte'),
	sweep: () => import('$lib/components/learn/figures/Sweep.svelte'),
	intern: () => import('$lib/components/learn/figures/Intern.svelte'),
	eagle: () => import('$lib/components/learn/figures/Eagle.svelte'),
	diffusion: () => import('$lib/components/learn/figures/Diffusion.svelte'),
	step: () => import('$lib/components/learn/figures/OneStep.svelte'),
	mask: () => import('$lib/components/learn/figures/MaskBuilder.svelte'),
	verifier: () => import('$lib/components/learn/figures/Verifier.svelte'),
	speedup: () => import('$lib/components/learn/figures/Speedup.svelte'),
	lunch: () => import('$lib/components/learn/figures/Lunch.svelte'),
	training: () => import('$lib/components/learn/figures/Training.svelte'),
	board: () => import('$lib/components/learn/figures/Board.svelte'),
	lossless: () => import('$lib/components/learn/figures/Lossless.svelte')
};
