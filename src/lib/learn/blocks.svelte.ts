import { defaults, speedOf, type Session, type Settings } from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { GenerateRequest } from '$engine/protocol/messages.ts';
import { GrowingSession, perFrame } from '$lib/state/growing.ts';
import type { Model } from '$lib/state/model.svelte.ts';
import type { ThresholdRun } from './diffusion.ts';
import { thresholdRun } from './thresholdRun.ts';

/** What is asked of the model in the reader's browser. */
export interface Asked {
	readonly prompt: string;
	/** Masks in a block. */
	readonly k: number;
	readonly threshold: number;
	/** Tokens of the answer at most. */
	readonly maxTokens: number;
}

/** Runs of lesson 8 made in this browser: block diffusion at a threshold, then plain decoding, to see how far apart they are. */
export class Blocks {
	/** The answer by block diffusion that is being written, or was last. */
	run = $state.raw<ThresholdRun>();
	/** Tokens a second of `run`, once it is whole. */
	speed = $state<number>();
	/** All that are whole, one a question and threshold, the newest last. */
	made = $state.raw<readonly ThresholdRun[]>([]);
	/** What plain decoding wrote, by question. */
	plain = $state.raw<readonly ThresholdRun[]>([]);
	/** Which decoder is at work. */
	busy = $state<'block' | 'ar'>();
	failure = $state.raw<Failure>();
	#abort: AbortController | undefined;

	constructor(readonly model: Model) {}

	plainOf(prompt: string): ThresholdRun | undefined {
		return this.plain.find((run) => run.prompt === prompt);
	}

	/**
	 * Answers by block diffusion, then by plain decoding unless that question had it. Never throws; `failure` says what went
	 * wrong. The model must be ready.
	 */
	async decode({ prompt, k, threshold, maxTokens }: Asked): Promise<void> {
		if (!this.model.loaded || this.busy) return;
		const { signal } = (this.#abort = new AbortController());
		const settings = { ...defaults, k, threshold, maxTokens };
		this.failure = undefined;
		this.run = undefined;
		this.speed = undefined;
		try {
			this.busy = 'block';
			const whole = await this.#answer(prompt, { ...settings, decoder: 'block' }, signal, (run) => {
				this.run = run;
			});
			if (signal.aborted) return;
			const run = this.run!;
			this.speed = speedOf(whole);
			const others = this.made.filter(
				(other) => other.prompt !== prompt || other.threshold !== threshold
			);
			this.made = [...others, run];
			if (this.plainOf(prompt)) return;
			this.busy = 'ar';
			const ar = await this.#answer(prompt, { ...settings, decoder: 'ar' }, signal, () => {});
			if (!signal.aborted) this.plain = [...this.plain, thresholdRun(ar)];
		} catch (error) {
			this.failure = failureOf(error);
		} finally {
			this.busy = undefined;
		}
	}

	/** Ends the run after the pass in progress; what is written stays. */
	stop(): void {
		this.#abort?.abort();
	}

	/** An answer, shown once a frame at most while it grows. */
	async #answer(
		prompt: string,
		settings: Settings,
		signal: AbortSignal,
		show: (run: ThresholdRun) => void
	): Promise<Session> {
		const request: GenerateRequest = { prompt, context: [], settings };
		const growing = new GrowingSession(this.model.loaded!, request);
		const frames = perFrame(() => show(thresholdRun(growing.snapshot())));
		const run = this.model.client.generate(request, signal);
		try {
			let result = await run.next();
			for (; !result.done; result = await run.next()) {
				growing.push(result.value);
				frames.ask();
			}
			show(thresholdRun(result.value));
			return result.value;
		} finally {
			frames.cancel();
		}
	}
}
