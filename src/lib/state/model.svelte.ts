import type { ShapeChoice } from '$engine/decode/bestShape.ts';
import type { DecoderName, DeviceInfo } from '$engine/decode/index.ts';
import { hasCompanion } from '$engine/runtime/companions.ts';
import type { DecoderClient } from '$engine/protocol/client.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { Loaded, LoadEvent } from '$engine/protocol/messages.ts';
import type { Backend } from '$lib/decode/url.ts';
import type { Extra } from './extras.ts';
import { MODEL } from './model-name.ts';

/**
 * unknown: nobody looked yet. absent, stored: not running, its files not here or all here. loading: files
 * are coming. paused: they were, and can go on. starting: the session is being created.
 */
export type Status =
	'unknown' | 'absent' | 'stored' | 'loading' | 'paused' | 'starting' | 'ready' | 'failed';

/** After these it has to be loaded again. */
const fatal: readonly Failure['code'][] = [
	'device-lost',
	'disposed',
	'session',
	'not-loaded',
	'worker'
];

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
	/** How far the weights are that a decoder needs beside it, while they come. */
	equipping = $state.raw<{
		readonly decoder: DecoderName;
		readonly done: number;
		readonly total: number;
	}>();
	#abort: AbortController | undefined;
	#equip: AbortController | undefined;
	/** Folders whose weights are in memory beside its own: a draft model's, and one companion's at a time. */
	#held: readonly string[] = [];
	#loading: Promise<void> | undefined;

	/**
	 * @param at the absolute address of a folder of models.
	 * @param extras what decoders need beside it, on pages that have use for them.
	 */
	constructor(
		readonly client: DecoderClient,
		readonly at: (folder: string) => string,
		readonly extras: readonly Extra[] = []
	) {}

	readonly base = (): string => this.at(MODEL);

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
		this.#held = [];
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
	 * Brings what a decoder needs beside this model, which must be ready; at once where that is nothing, or there. Never
	 * throws.
	 * @returns whether it is there; if not, `failure` says why, unless somebody dismissed it.
	 */
	async equip(decoder: DecoderName): Promise<boolean> {
		const extra = this.extras.find((one) => one.decoder === decoder);
		if (!extra || this.has(decoder)) return true;
		const { signal } = (this.#equip = new AbortController());
		this.equipping = { decoder, done: 0, total: extra.bytes };
		this.failure = undefined;
		try {
			await this.#bring(extra, signal);
			return !signal.aborted;
		} catch (error) {
			if (!signal.aborted) this.failure = failureOf(error);
			return false;
		} finally {
			this.equipping = undefined;
		}
	}

	async #bring({ decoder, folder }: Extra, signal: AbortSignal): Promise<void> {
		const hear = (event: LoadEvent) => {
			if (event.type === 'progress' && !signal.aborted)
				this.equipping = { decoder, ...event.progress };
		};
		if (!hasCompanion(decoder)) {
			await this.client.assist(this.at(folder), hear, signal);
			this.#held = [...this.#held, folder];
			return;
		}
		const companions = this.extras.filter((extra) => hasCompanion(extra.decoder));
		const others = this.#held.filter((held) => companions.every((one) => one.folder !== held));
		this.#held = others;
		const decoders = companions
			.filter((extra) => extra.folder === folder)
			.map((extra) => extra.decoder)
			.filter(hasCompanion);
		const own = { decoders, base: this.at(folder), target: this.base() };
		await this.client.accompany(own, hear, signal);
		this.#held = [...others, folder];
	}

	/** Whether what a decoder needs beside it is in memory. */
	has(decoder: DecoderName): boolean {
		const extra = this.extras.find((one) => one.decoder === decoder);
		return !extra || this.#held.includes(extra.folder);
	}

	/** Ends the download of what a decoder needs beside it; files that are complete stay. */
	dismiss(): void {
		this.#equip?.abort();
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
		this.#equip?.abort();
		this.status = 'unknown';
		this.loaded = undefined;
		this.progress = undefined;
		try {
			await this.#loading;
			await this.client.unload();
			await this.client.remove(this.base());
			for (const { folder } of this.extras) await this.client.remove(this.at(folder));
			if (this.status === 'unknown') this.status = 'absent';
		} catch (error) {
			this.fail(failureOf(error));
		}
	}

	/** A run failed, and the model with it where it cannot go on. */
	suffer(failure: Failure): void {
		if (fatal.includes(failure.code)) this.fail(failure);
	}

	/** The model does not run, or no longer. */
	fail(failure: Failure): void {
		this.failure = failure;
		this.loaded = undefined;
		this.status = 'failed';
	}
}
