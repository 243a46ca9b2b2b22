import {
	answerOf,
	defaults,
	middle,
	raceOf,
	speedOf,
	type Race,
	type Session
} from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import { random } from '$engine/sampler/index.ts';
import type { Model } from '$lib/state/model.svelte.ts';
import type { Racer } from './lanes.ts';

/** Tokens that warm a lane up: the first passes of a kind compile and record what later ones repeat. */
const WARM = 6;

/** What a race is to be. */
export interface Asked {
	readonly prompt: string;
	readonly racers: readonly Racer[];
	/** Tokens of an answer at most. */
	readonly maxTokens: number;
	/** How often each lane runs. */
	readonly runs: number;
	/** Draws the order. */
	readonly seed: number;
}

/** Runs a race on this device: one lane after the other, each warmed up, in an order drawn anew for every round. */
export class Runner {
	/** The lane that runs, and how many runs are through. */
	now = $state<{ readonly racer: Racer; readonly done: number; readonly of: number }>();
	failure = $state.raw<Failure>();
	#abort: AbortController | undefined;

	constructor(readonly model: Model) {}

	get running(): boolean {
		return this.now !== undefined;
	}

	/**
	 * The race, its lanes in the order of `racers` whatever order they ran in: of each lane the run whose speed is in the
	 * middle. Undefined where it was stopped or failed, which `failure` then says.
	 */
	async run({ prompt, racers, maxTokens, runs, seed }: Asked): Promise<Race | undefined> {
		const { signal } = (this.#abort = new AbortController());
		this.failure = undefined;
		if (racers.includes('speculative') && !(await this.model.assist())) {
			this.failure = this.model.failure;
			return undefined;
		}
		const found = racers.map((): Session[] => []);
		const of = runs * racers.length;
		let done = 0;
		try {
			for (let round = 0; round < runs; round++) {
				for (const racer of shuffled(racers, seed + round)) {
					this.now = { racer, done: done++, of };
					if (round === 0) await this.#answer(prompt, racer, WARM, signal);
					const session = await this.#answer(prompt, racer, maxTokens, signal);
					if (signal.aborted) return undefined;
					found[racers.indexOf(racer)]!.push(session);
				}
			}
			const shown = found.map(middle);
			const logs = await this.model.client.judge(
				shown[0]!.promptTokens,
				shown.map(answerOf),
				signal
			);
			return raceOf(
				shown,
				logs,
				found.map((sessions) => sessions.map(speedOf))
			);
		} catch (error) {
			if (!signal.aborted) this.failure = failureOf(error);
			return undefined;
		} finally {
			this.now = undefined;
		}
	}

	stop(): void {
		this.#abort?.abort();
	}

	async #answer(
		prompt: string,
		decoder: Racer,
		maxTokens: number,
		signal: AbortSignal
	): Promise<Session> {
		const settings = { ...defaults, decoder, maxTokens };
		const run = this.model.client.generate({ prompt, context: [], settings }, signal);
		let result = await run.next();
		while (!result.done) result = await run.next();
		return result.value;
	}
}

/** In an order drawn from a seed (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
	const next = random(seed);
	const order = [...items];
	for (let i = order.length - 1; i > 0; i--) {
		const j = Math.floor(next() * (i + 1));
		[order[i], order[j]] = [order[j]!, order[i]!];
	}
	return order;
}
