import type { ShapeChoice } from '$engine/decode/bestShape.ts';
import type { DeviceInfo } from '$engine/decode/index.ts';
import type { DecoderClient } from '$engine/protocol/client.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { Loaded, LoadEvent } from '$engine/protocol/messages.ts';
import type { Backend } from '$lib/decode/url.ts';

/**
 * unknown: nobody looked yet. absent, stored: not running, its files not here or all here. loading: files
 * are coming. paused: they were, and can go on. starting: the session is being created.
 */
export type Status =
	'unknown' | 'absent' | 'stored' | 'loading' | 'paused' | 'starting' | 'ready' | 'failed';

type Progress = Extract<LoadEvent, { type: 'progress' }>['progress'];
type Notice = Extract<LoadEvent, { type: 'notice' }>['notice'];

/** What a choice means to the runtime. */
export const wayOf = (backend: Backend) =>
	backend === 'webgpu-plain' ? ({ backend: 'webgpu', fast: 'off' } as const) : { backend };

/** The model on its way here, as the page shows it. */
export class Model {
	status = $state<Status>('unknown');
	/** Bytes of the download. */
	size = $state<number>();
	progress = $state.raw<Progress>();
	loaded = $state.raw<Loaded>();
	failure = $state.raw<Failure>();
	/** What it is to run on, from the next start on. */
	backend = $state<Backend>('auto');
	/** Which k is fastest here, once measured; null where that takes too long. */
	shape = $state.raw<ShapeChoice | null>();
	measuring = $state(false);
	notices = $state.raw<readonly Notice[]>([]);
	/** How far the download of the model that drafts for it is, while that comes. */
	assisting = $state.raw<{ readonly done: number; readonly total: number }>();
	#abort: AbortController | undefined;
	#assist: AbortController | undefined;
	#loading: Promise<void> | undefined;

	/**
	 * @param base the model's folder, an absolute address.
	 * @param draft that of the model that drafts for it, on pages that have use for one.
	 */
	constructor(
		readonly client: DecoderClient,
		readonly base: () => string,
		readonly draft?: () => string
	) {}

	get device(): DeviceInfo | undefined {
		return this.loaded?.device;
	}

	/** Why it does not run in the fastest way there is. */
	get reasons(): Loaded['reasons'] {
		return this.loaded?.reasons ?? [];
	}

	/** Looks what is here already. Never throws: without a network the page still replays. */
	async inspect(): Promise<void> {
		try {
			const { total, bytes } = await this.client.stored(this.base());
			if (this.status !== 'unknown') return;
			this.size = total;
			this.status = bytes === total ? 'stored' : bytes > 0 ? 'paused' : 'absent';
			if (bytes > 0 && bytes < total) this.progress = { done: bytes, total, stored: bytes };
		} catch (error) {
			this.fail(failureOf(error));
		}
	}

	/** Downloads what is missing and starts the model; also after a pause or a failure. Never throws. */
	load(): Promise<void> {
		if (this.status !== 'loading' && this.status !== 'starting' && this.status !== 'ready') {
			this.status = 'loading';
			this.notices = [];
			this.#loading = this.#load();
		}
		return this.#loading!;
	}

	async #load(): Promise<void> {
		const abort = (this.#abort = new AbortController());
		try {
			const loaded = await this.client.load(
				{ base: this.base(), ...wayOf(this.backend) },
				(event) => {
					if (!abort.signal.aborted) this.#hear(event);
				},
				abort.signal
			);
			if (abort.signal.aborted) return;
			this.loaded = loaded;
			this.status = 'ready';
			await this.measure();
		} catch (error) {
			if (!abort.signal.aborted) this.fail(failureOf(error));
		}
	}

	/**
	 * Brings the model that drafts for this one, which must be ready; at once where it is there. Never throws.
	 * @returns whether it is there; if not, `failure` says why, unless somebody dismissed it.
	 */
	async assist(): Promise<boolean> {
		if (!this.draft) return false;
		const { signal } = (this.#assist = new AbortController());
		this.assisting = { done: 0, total: 0 };
		this.failure = undefined;
		try {
			const hear = (event: LoadEvent) => {
				if (event.type === 'progress' && !signal.aborted) this.assisting = event.progress;
			};
			await this.client.assist(this.draft(), hear, signal);
			return !signal.aborted;
		} catch (error) {
			if (!signal.aborted) this.failure = failureOf(error);
			return false;
		} finally {
			this.assisting = undefined;
		}
	}

	/** Ends the download of the model that drafts; files that are complete stay. */
	dismiss(): void {
		this.#assist?.abort();
	}

	/** Measures which k is fastest here, or recalls what was measured. Never throws: it is a hint. */
	async measure(again = false): Promise<void> {
		this.measuring = true;
		try {
			this.shape = await this.client.measure(again);
		} catch {
			this.shape = undefined;
		} finally {
			this.measuring = false;
		}
	}

	#hear(event: LoadEvent): void {
		if (event.type === 'progress') {
			this.progress = event.progress;
			this.size = event.progress.total;
		} else if (event.type === 'notice') {
			const others = this.notices.filter(({ code }) => code !== event.notice.code);
			this.notices = [...others, event.notice];
		} else {
			this.status = 'starting';
		}
	}

	/** Stops the model, keeps its files. */
	async unload(): Promise<void> {
		this.loaded = undefined;
		this.status = 'stored';
		await this.client.unload();
	}

	/** Ends the download; files that are complete stay. */
	pause(): void {
		this.#abort?.abort();
		this.status = 'paused';
	}

	/** Ends whatever goes on, frees the memory and deletes the files. It is absent once they are gone, not before. */
	async remove(): Promise<void> {
		this.#abort?.abort();
		this.#assist?.abort();
		this.status = 'unknown';
		this.loaded = undefined;
		this.progress = undefined;
		try {
			await this.#loading;
			await this.client.unload();
			await this.client.remove(this.base());
			if (this.draft) await this.client.remove(this.draft());
			if (this.status === 'unknown') this.status = 'absent';
		} catch (error) {
			this.fail(failureOf(error));
		}
	}

	/** The model does not run, or no longer. */
	fail(failure: Failure): void {
		this.failure = failure;
		this.loaded = undefined;
		this.status = 'failed';
	}
}
