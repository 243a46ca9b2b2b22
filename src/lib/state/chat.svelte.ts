import type { Session, Settings } from '$engine/decode/index.ts';
import type { Desk, Run } from './desk.svelte.ts';
import type { Model } from './model.svelte.ts';
import { contextAfter, sessionsOf } from './runs.ts';

/** The live side of the page: prompts go in, growing sessions come out on the desk. */
export class Chat {
	/** Answers before the one on the desk, oldest first. */
	turns = $state.raw<readonly Session[]>([]);
	/** The live answer that a next prompt continues. */
	last = $state.raw<Session>();
	running = $state(false);
	/** What went wrong in the last run, if anything. */
	failure = $state.raw<unknown>();
	#abort: AbortController | undefined;

	constructor(
		readonly model: Model,
		readonly desk: Desk
	) {}

	/**
	 * Answers a prompt on top of the chat so far; with `pair`, first by AR and then by TiDAR, each on top of
	 * the same chat, and the chat goes on with TiDAR's answer.
	 */
	async run(prompt: string, settings: Settings, pair: boolean): Promise<void> {
		const { loaded, engine } = this.model;
		if (!loaded || this.running) return;
		const before = this.last;
		const context = before ? contextAfter(before) : [];
		const decoders = pair ? (['ar', 'tidar'] as const) : [settings.decoder];
		const abort = (this.#abort = new AbortController());
		const done: Run[] = [];
		this.failure = undefined;
		this.running = true;
		this.desk.growing = true;
		if (before) this.turns = [...this.turns, before];
		try {
			for (const decoder of decoders) {
				let session: Session | undefined;
				for await (session of sessionsOf(
					engine,
					loaded,
					{ prompt, settings: { ...settings, decoder }, context },
					abort.signal,
					before?.pieces
				)) {
					if (session.steps.length > 0) this.desk.grow([{ session, live: true }]);
				}
				if (session && session.steps.length > 0) {
					done.push({ session, live: true });
					this.last = session;
				}
				if (abort.signal.aborted) break;
			}
		} catch (error) {
			if (!abort.signal.aborted) this.failure = error;
		} finally {
			this.running = false;
			this.desk.settle();
			if (done.length === 2) {
				this.desk.show(done);
				this.desk.player.play();
			}
			// A run that wrote nothing leaves the chat as it was.
			if (done.length === 0 && before) {
				this.turns = this.turns.slice(0, -1);
			}
		}
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
