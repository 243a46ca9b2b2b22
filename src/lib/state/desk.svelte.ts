import type { Session } from '$engine/decode/index.ts';
import { momentsOf } from '$lib/decode/pair.ts';
import { Look } from './look.svelte.ts';
import { Player } from './player.svelte.ts';

/** A run on the desk. */
export interface Run {
	readonly session: Session;
	/** Made in this browser, just now. */
	readonly live: boolean;
}

/** Milliseconds that two runs on one clock take to play at speed 1, at least. */
const SHORTEST = 15_000;

/** What lies on the decoder page: one run or two on one clock, where one looks, and at what. */
export class Desk {
	/** One run, or AR and TiDAR on the same prompt. Replaced, never changed. */
	runs = $state.raw<readonly Run[]>([]);
	/** Which of two runs the views below the strips show. */
	lens = $state(0);
	/** More steps are to come. */
	growing = $state(false);
	readonly look = new Look();
	readonly player: Player;

	/** The clock of two runs; undefined for one. */
	readonly moments = $derived.by(() => {
		const [first, second] = this.runs;
		return first && second ? momentsOf(first.session.steps, second.session.steps) : undefined;
	});

	/** How much slower than measured two runs are played, so that the eye can follow. */
	readonly slowdown = $derived(
		Math.max(1, Math.round(SHORTEST / (this.moments?.at(-1)?.at ?? SHORTEST)))
	);

	constructor() {
		this.player = new Player(
			() => this.moments?.length ?? this.runs[0]?.session.steps.length ?? 0,
			() => this.growing,
			(index) => {
				const [now, next] = this.moments?.slice(index, index + 2) ?? [];
				return now && next && (next.at - now.at) * this.slowdown;
			}
		);
	}

	/** The run that the views show. */
	get run(): Run | undefined {
		return this.runs[this.lens] ?? this.runs[0];
	}

	/** The step of a run that is shown now; -1 before its first. */
	indexOf(run: number): number {
		const { index } = this.player;
		return this.moments ? (this.moments[index]?.done[run as 0 | 1] ?? -1) : index;
	}

	/** The step that the views show. */
	get index(): number {
		return Math.max(0, this.indexOf(this.moments ? this.lens : 0));
	}

	/** Shows other runs, from a step on. */
	show(runs: readonly Run[], index = 0): void {
		this.player.pause();
		this.look.clear();
		this.runs = runs;
		this.lens = runs.length - 1;
		this.player.seek(index);
	}

	/** Shows a run that has begun, and stays at its newest step. */
	begin(run: Run): void {
		this.look.clear();
		this.lens = 0;
		this.player.playing = true;
		this.player.following = true;
		this.grow(run);
	}

	/** Shows the run as far as it has grown: the newest step, while following. */
	grow(run: Run): void {
		this.runs = [run];
		this.player.grown();
	}

	/** Shows the other of two runs in the views. */
	inspect(run: number): void {
		this.look.clear();
		this.lens = run;
	}

	/** No more steps will come. */
	settle(): void {
		this.growing = false;
		this.player.following = false;
		if (this.player.atEnd) this.player.pause();
	}

	/** To the moment at which a step of the shown run is there. */
	seek(step: number): void {
		const at = this.moments?.findIndex(({ done }) => done[this.lens as 0 | 1] >= step);
		this.player.seek(at ?? step);
	}
}

/** A step worth opening a recording at: drafts were accepted, and one was corrected. */
export function tellingStep({ steps }: Session): number {
	const found = steps.findIndex(
		({ next, emitted }) => next?.first === 'correction' && emitted.length >= 3
	);
	return Math.max(0, found);
}
