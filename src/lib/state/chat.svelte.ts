import { resumptionAt, type Session, type Settings } from '$engine/decode/index.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { GenerateRequest } from '$engine/protocol/messages.ts';
import type { Desk, Run } from './desk.svelte.ts';
import type { Model } from './model.svelte.ts';
import { contextAfter, GrowingSession, perFrame } from './growing.ts';

/** What is on the desk and in the chat before an answer comes. */
interface Before {
	/** Turns that the answer continues. */
	readonly turns: readonly Session[];
	/** Pieces of the tokens that the answer begins with. */
	readonly pieces?: Session['pieces'];
}

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
	/** The GPU was lost in the last run, and the answer goes on behind this step. */
	revived = $state<number>();
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
	run(prompt: string, settings: Settings, pair: boolean): Promise<boolean> {
		const { context, all: turns, last } = this;
		const decoders = pair ? (['ar', 'tidar'] as const) : [settings.decoder];
		const requests = decoders.map((decoder) => {
			return { prompt, context, settings: { ...settings, decoder } };
		});
		return this.#answer(requests, { turns, pieces: last?.pieces });
	}

	/**
	 * Goes on behind a step of a session, recorded or live, in whatever way the settings say; the chat goes
	 * on from there too. Never throws.
	 * @returns whether anything was written.
	 */
	branch(from: Session, index: number, settings: Settings): Promise<boolean> {
		const { prompt, context, pieces } = from;
		const turns = this.all.slice(0, Math.max(0, this.all.indexOf(from)));
		const resume = resumptionAt(from, index);
		return this.#answer([{ prompt, context, settings: { ...settings }, resume }], {
			turns,
			pieces
		});
	}

	/** Answers one request after the other, and shows two of them side by side at the end. */
	async #answer(requests: readonly GenerateRequest[], before: Before): Promise<boolean> {
		if (!this.model.loaded || this.running) return false;
		const abort = (this.#abort = new AbortController());
		const made: Run[] = [];
		this.failure = undefined;
		this.revived = undefined;
		this.running = true;
		this.reading = requests[0]!.prompt;
		this.desk.growing = true;
		try {
			for (const [place, request] of requests.entries()) {
				await this.#follow(request, before, abort.signal, (session) => {
					this.turns = before.turns;
					const begins = made[place] === undefined;
					const run = (made[place] = { session, live: true });
					this.last = session;
					this.reading = undefined;
					if (begins) this.desk.begin(run);
					else this.desk.grow(run);
				});
				if (abort.signal.aborted) break;
			}
		} catch (error) {
			this.failure = failureOf(error);
			this.model.suffer(this.failure);
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

	/**
	 * Shows an answer as it grows, once a frame at most. When the GPU is lost, the model is loaded again and the answer
	 * goes on behind its last step, once.
	 * @throws what the run throws.
	 */
	async #follow(
		request: GenerateRequest,
		{ pieces }: Before,
		signal: AbortSignal,
		show: (session: Session) => void
	): Promise<void> {
		let last: Session | undefined;
		const follow = async (request: GenerateRequest, pieces: Session['pieces'] | undefined) => {
			const growing = new GrowingSession(this.model.loaded!, request, pieces);
			const frames = perFrame(() => show((last = growing.snapshot())));
			const run = this.model.client.generate(request, signal);
			try {
				let result = await run.next();
				for (; !result.done; result = await run.next()) {
					growing.push(result.value);
					frames.ask();
				}
				last = result.value;
			} catch (error) {
				if (growing.steps > 0) last = growing.snapshot();
				throw error;
			} finally {
				frames.cancel();
				if (last && last.steps.length > 0) show(last);
			}
		};
		try {
			await follow(request, pieces);
		} catch (error) {
			const failure = failureOf(error);
			if (failure.code !== 'device-lost') throw error;
			this.model.fail(failure);
			await this.model.load();
			if (!this.model.loaded) throw error;
			this.revived = last ? last.steps.length - 1 : 0;
			await follow(last ? goingOn(request, last) : request, last?.pieces ?? pieces);
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

/** The rest of a request whose answer broke off. */
function goingOn(request: GenerateRequest, session: Session): GenerateRequest {
	const resume = resumptionAt(session, session.steps.length - 1);
	const written = resume.begun - (request.resume?.begun ?? 0);
	const maxTokens = Math.max(1, request.settings.maxTokens - written);
	return { ...request, resume, settings: { ...request.settings, maxTokens } };
}
