import type { DeviceInfo } from '$engine/decode/index.ts';
import type { Engine, Failure, Loaded, Progress, Remark } from './engine.ts';

/**
 * unknown: nobody looked yet. absent, stored: not running, its files not here or all here. loading: files
 * are coming. paused: they were, and can go on. starting: the session is being created.
 */
export type Status =
	'unknown' | 'absent' | 'stored' | 'loading' | 'paused' | 'starting' | 'ready' | 'failed';

/** The model on its way here, as the page shows it. */
export class Model {
	status = $state<Status>('unknown');
	/** Bytes of the download. */
	size = $state<number>();
	progress = $state.raw<Progress>();
	loaded = $state.raw<Loaded>();
	failure = $state.raw<Failure>({ code: '', message: '' });
	/** Why it does not run in the fastest way. */
	reasons = $state.raw<readonly Remark[]>([]);
	notices = $state.raw<readonly Remark[]>([]);
	#abort: AbortController | undefined;

	constructor(readonly engine: Engine) {
		engine.onlost = (failure) => {
			this.loaded = undefined;
			this.#fail(failure);
		};
	}

	get device(): DeviceInfo | undefined {
		return this.loaded?.device;
	}

	/** Looks what is here already. Never throws: without a network the page still replays. */
	async inspect(): Promise<void> {
		try {
			const { total, stored } = await this.engine.inspect();
			this.size = total;
			this.status = stored === total ? 'stored' : stored > 0 ? 'paused' : 'absent';
			if (stored > 0 && stored < total) this.progress = { done: stored, total };
		} catch (error) {
			this.#fail(error);
		}
	}

	/** Downloads what is missing and starts the model; also after a pause or a failure. */
	async load(): Promise<void> {
		if (this.status === 'loading' || this.status === 'starting' || this.status === 'ready') return;
		this.status = 'loading';
		this.notices = [];
		const abort = (this.#abort = new AbortController());
		try {
			const loaded = await this.engine.load(
				{
					progress: (progress) => {
						this.progress = progress;
						this.size = progress.total;
					},
					notice: (notice) => {
						this.notices = [...this.notices.filter(({ code }) => code !== notice.code), notice];
					},
					started: () => {
						if (!abort.signal.aborted) this.status = 'starting';
					}
				},
				abort.signal
			);
			if (abort.signal.aborted) return;
			this.loaded = loaded;
			this.reasons = loaded.reasons;
			this.status = 'ready';
		} catch (error) {
			if (!abort.signal.aborted) this.#fail(error);
		}
	}

	/** Ends the download; what is complete stays. */
	pause(): void {
		this.#abort?.abort();
		this.status = 'paused';
	}

	/** Ends whatever goes on and deletes the files. */
	async remove(): Promise<void> {
		this.#abort?.abort();
		this.loaded = undefined;
		this.reasons = [];
		this.progress = undefined;
		await this.engine.remove();
		this.status = 'absent';
	}

	#fail(error: unknown): void {
		const { code = '', message = String(error) } = (error ?? {}) as Partial<Failure>;
		this.failure = { code, message };
		this.status = 'failed';
	}
}
