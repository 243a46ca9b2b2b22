import { defaults, type Session } from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import { random } from '$engine/sampler/index.ts';
import type { Model } from '$lib/state/model.svelte.ts';
import type { Racer } from './lanes.ts';

/** Tokens that warm a lane up: the first passes of a kind compile and record what later ones repeat. */
const WARM = 6;

/** Runs a race on this device: one lane after the other, each warmed up, in a drawn order. */
export class Runner {
	/** The lane that runs, and how many are through. */
	now = $state<{ readonly racer: Racer; readonly done: number; readonly of: number }>();
	failure = $state.raw<Failure>();
	#abort: AbortController | undefined;

	constructor(readonly model: Model) {}

	get running(): boolean {
		return this.now !== undefined;
	}

	/**
	 * The sessions in the order of `racers`, whatever order they ran in; undefined where it was stopped or failed, which
	 * `failure` then says.
	 * @param seed draws the order
	 */
	async run(
		prompt: string,
		racers: readonly Racer[],
		maxTokens: number,
		seed: number
	): Promise<readonly Session[] | undefined> {
		const { signal } = (this.#abort = new AbortController());
		this.failure = undefined;
		const sessions: Partial<Record<Racer, Session>> = {};
		let done = 0;
		if (racers.includes('speculative') && !(await this.model.assist())) {
			this.failure = this.model.failure;
			return undefined;
		}
		try {
			for (const racer of shuffled(racers, seed)) {
				this.now = { racer, done: done++, of: racers.length };
				await this.#answer(prompt, racer, WARM, signal);
				const session = await this.#answer(prompt, racer, maxTokens, signal);
				if (signal.aborted) return undefined;
				sessions[racer] = session;
			}
			return racers.map((racer) => sessions[racer]!);
		} catch (error) {
			this.failure = failureOf(error);
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
