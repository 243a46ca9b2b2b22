import { defaults, type Session } from '$engine/decode/index.ts';
import type { Failure } from '$engine/protocol/failure.ts';
import { fetchRecordings, isRecording, type RecordingInfo } from '$lib/decode/recordings.ts';
import type { Place } from '$lib/decode/url.ts';
import { m } from '$lib/paraglide/messages';
import { Chat } from './chat.svelte.ts';
import { Desk, tellingStep } from './desk.svelte.ts';
import type { Model } from './model.svelte.ts';

/** The decoder page: what is typed and chosen, what lies on the desk, and what running it takes. */
export class Studio {
	readonly desk = new Desk();
	readonly chat: Chat;
	settings = $state(defaults);
	/** Run AR and TiDAR on the same prompt. */
	pair = $state(false);
	prompt = $state('');
	/** Tokens of the prompt in the box, once there is a tokenizer. */
	tokens = $state<number>();
	/** The recorded sessions on the desk, by name. */
	recorded = $state<string>();
	/** What the page has to say about a link or a file. */
	notes = $state<string[]>([]);
	/** Run was asked for with nothing to run. */
	nothing = $state(false);
	/** Something is to run as soon as the model is there. */
	waiting = $state(false);
	/** Why the weights that the decoder has of its own did not come. */
	trouble = $state.raw<Failure>();
	/** Positions that a prompt and its answer may take, once the model is there. */
	readonly room = $derived.by(
		() => this.model.loaded && this.model.loaded.model.capacity - this.chat.context.length
	);
	/** The answer can go on from the step on the desk. */
	readonly branches = $derived.by(() => {
		const { run, growing, index } = this.desk;
		if (!run || growing) return false;
		return index < run.session.steps.length - 1 || run.session.ending !== 'end-token';
	});
	readonly busy = $derived.by(() => this.waiting || this.chat.running);

	/**
	 * @param recordings those that can be opened; @param at the address of one.
	 * @param first the one that lies on the desk before anything is asked for.
	 */
	constructor(
		readonly model: Model,
		readonly recordings: readonly RecordingInfo[],
		readonly at: (id: string) => string,
		first?: { readonly id: string; readonly session: Session }
	) {
		this.chat = new Chat(model, this.desk);
		if (!first) return;
		this.recorded = first.id;
		this.desk.show([{ session: first.session, live: false }], tellingStep(first.session));
	}

	/** Shows what a link asked for. */
	async arrive({ session: name, step }: Place): Promise<void> {
		const { player } = this.desk;
		if (name !== undefined && name !== this.recorded) {
			if (isRecording(this.recordings, name)) await this.open(name);
			else this.notes.push(m.link_session({ name }));
		}
		if (step === undefined) return;
		if (step > player.last) this.notes.push(m.link_step({ asked: step, last: player.last }));
		player.seek(step);
	}

	/** Opens a recorded run by its name. */
	async open(name: string): Promise<void> {
		const found = await fetchRecordings(this.recordings, name, this.at);
		if (found.length === 0) {
			this.notes = [m.session_unreachable()];
			return;
		}
		this.recorded = name;
		this.desk.show(
			found.map((session) => ({ session, live: false })),
			found.length === 1 ? tellingStep(found[0]!) : 0
		);
	}

	/** Shows a session from a file. */
	opened(session: Session): void {
		this.recorded = undefined;
		this.desk.show([{ session, live: false }]);
	}

	/** Answers the prompt, once the model is there. */
	async run(): Promise<void> {
		this.nothing = this.prompt.trim() === '';
		if (this.nothing || this.busy || !(await this.#started())) return;
		if (this.tokens !== undefined && this.room !== undefined && this.tokens >= this.room) return;
		this.#clear();
		const text = this.prompt;
		this.prompt = '';
		const wrote = await this.chat.run(text, this.settings, this.pair);
		// Nothing the reader typed is lost.
		if (!wrote && this.prompt === '') this.prompt = text;
	}

	/** Goes on from the step on the desk in another way: with the settings of now. */
	async branch(): Promise<void> {
		const { run, index } = this.desk;
		if (!run || this.busy || !(await this.#started())) return;
		this.#clear();
		await this.chat.branch(run.session, index, this.settings);
	}

	#clear(): void {
		this.notes = [];
		this.recorded = undefined;
	}

	/** Gets the model ready if it is not, which running something asks for. */
	async #started(): Promise<boolean> {
		this.waiting = true;
		this.trouble = undefined;
		await this.model.load();
		let ready = this.model.status === 'ready';
		if (ready && !this.pair) {
			ready = await this.model.equip(this.settings.decoder);
			if (!ready) this.trouble = this.model.failure;
		}
		this.waiting = false;
		return ready;
	}
}
