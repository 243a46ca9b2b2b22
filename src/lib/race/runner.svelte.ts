import {
	answerOf,
	defaults,
	middle,
	raceOf,
	speedOf,
	type DecoderName,
	type Race,
	type Session
} from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import { random } from '$engine/sampler/index.ts';
import type { Model } from '$lib/state/model.svelte.ts';

/** Tokens that warm a lane up: the first passes of a kind compile and record what later ones repeat. */
const WARM = 6;

/** What a race is to be. */
export interface Asked {
	readonly prompt: string;
	readonly racers: readonly DecoderName[];
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
	now = $state<{ readonly racer: DecoderName; readonly done: number; readonly of: number }>();
	failure = $state.raw<Failure>();
	/** From the first byte that is missing to the last lane. */
	running = $state(false);
	#abort: AbortController | undefined;

	constructor(readonly model: Model) {}

	/**
	 * The race, its lanes in the order of `racers` whatever order they ran in: of each lane the run whose speed is in the
	 * middle. Undefined where it was stopped or failed, which `failure` then says.
	 */
	async run(asked: Asked): Promise<Race | undefined> {
		if (this.running) return undefined;
		const { signal } = (this.#abort = new AbortController());
		this.failure = undefined;
		this.running = true;
		try {
			return await this.#race(asked, signal);
		} catch (error) {
			const failure = failureOf(error);
			if (!signal.aborted) this.failure = failure;
			this.model.suffer(failure);
			return undefined;
		} finally {
			this.running = false;
			this.now = undefined;
		}
	}

	async #race(
		{ prompt, racers, maxTokens, runs, seed }: Asked,
		signal: AbortSignal
	): Promise<Race | undefined> {
		// All that is missing comes before the first lane runs, so that none is left waiting for another's weights.
		for (const racer of racers) if (!(await this.#equip(racer, signal))) return undefined;
		const found = racers.map((): Session[] => []);
		const of = runs * racers.length;
		let done = 0;
		for (let round = 0; round < runs; round++) {
			for (const racer of shuffled(racers, seed + round)) {
				this.now = { racer, done: done++, of };
				// Weights that come back into memory have to be warmed up again.
				const cold = round === 0 || !this.model.has(racer);
				if (!(await this.#equip(racer, signal))) return undefined;
				if (cold) await this.#answer(prompt, racer, WARM, signal);
				const session = await this.#answer(prompt, racer, maxTokens, signal);
				if (signal.aborted) return undefined;
				found[racers.indexOf(racer)]!.push(session);
			}
		}
		const shown = found.map(middle);
		const logs = await this.model.client.judge(shown[0]!.promptTokens, shown.map(answerOf), signal);
		return raceOf(
			shown,
			logs,
			found.map((sessions) => sessions.map(speedOf))
		);
	}

	stop(): void {
		this.#abort?.abort();
		this.model.dismiss();
	}

	/** Brings what a lane needs beside the model; false where it was dismissed or failed, which `failure` then says. */
	async #equip(racer: DecoderName, signal: AbortSignal): Promise<boolean> {
		const there = await this.model.equip(racer);
		if (!there) this.failure = this.model.failure;
		return there && !signal.aborted;
	}

	async #answer(
		prompt: string,
		decoder: DecoderName,
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
