import type { Session, Settings } from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { Desk, Run } from './desk.svelte.ts';
import type { Model } from './model.svelte.ts';
import { contextAfter, sessionsOf } from './runs.ts';

/** After these the model has to be loaded again. */
const fatal: readonly Failure['code'][] = [
	'device-lost',
	'disposed',
	'session',
	'not-loaded',
	'worker'
];

/** The live side of the page: prompts go in, growing sessions come out on the desk. */
export class Chat {
	/** Answers before the one on the desk, oldest first. */
	turns = $state.raw<readonly Session[]>([]);
	/** The live answer that a next prompt continues. */
	last = $state.raw<Session>();
	running = $state(false);
	/** A prompt that is being read: nothing is written yet. */
	reading = $state<string>();
	/** What went wrong in the last run, if anything. */
	failure = $state.raw<Failure>();
	/** Tokens in the cache when the next prompt comes. */
	readonly context = $derived(this.last ? contextAfter(this.last) : []);
	/** The chat so far, the last answer included. */
	readonly all = $derived(this.last ? [...this.turns, this.last] : []);
	#abort: AbortController | undefined;

	constructor(
		readonly model: Model,
		readonly desk: Desk
	) {}

	/**
	 * Answers a prompt on top of the chat so far; with `pair`, first by AR and then by TiDAR, each on top of
	 * the same chat, which goes on with TiDAR's answer. Never throws; `failure` says what went wrong.
	 * @returns whether anything was written.
	 */
	async run(prompt: string, settings: Settings, pair: boolean): Promise<boolean> {
		const { loaded } = this.model;
		if (!loaded || this.running) return false;
		const before = this.last;
		const { context } = this;
		const abort = (this.#abort = new AbortController());
		const made: Run[] = [];
		this.failure = undefined;
		this.running = true;
		this.reading = prompt;
		this.desk.growing = true;
		try {
			for (const decoder of pair ? (['ar', 'tidar'] as const) : [settings.decoder]) {
				const request = { prompt, settings: { ...settings, decoder }, context };
				const { client } = this.model;
				const sessions = sessionsOf(client, loaded, request, abort.signal, before?.pieces);
				const place = made.length;
				for await (const session of sessions) {
					if (session.steps.length === 0) continue;
					if (before && this.last === before) this.turns = [...this.turns, before];
					made[place] = { session, live: true };
					this.last = session;
					this.reading = undefined;
					this.desk.grow([made[place]]);
				}
				if (abort.signal.aborted) break;
			}
		} catch (error) {
			this.failure = failureOf(error);
			if (fatal.includes(this.failure.code)) this.model.fail(this.failure);
		} finally {
			this.running = false;
			this.reading = undefined;
			this.desk.settle();
		}
		if (made.length === 2) {
			this.desk.show(made);
			this.desk.player.play();
		}
		return made.length > 0;
	}

	/** Ends the run after the pass in progress; what is written stays and can be continued. */
	stop(): void {
		this.#abort?.abort();
	}

	/** Forgets the chat; the last answer stays on the desk. */
	fresh(): void {
		this.turns = [];
		this.last = undefined;
	}
}
