import { base } from '$app/paths';
import { dev } from '$app/environment';
import type { FromWorker, ToWorker } from '$lib/offline/messages.ts';

/** How much of the site is kept for times without a network; bytes. */
export interface Kept {
	readonly done: number;
	readonly total: number;
}

/** An update is looked for when the reader comes back to the tab, at most this often; ms. */
const EVERY = 3_600_000;
/** Set in the session once the page was reloaded to become isolated: never twice. */
const RELOADED = 'reloaded-for-isolation';

/** The service worker, as the page knows it. */
class Offline {
	/** Undefined where the site is not kept, or not yet: no service workers, private windows, development. */
	kept = $state.raw<Kept>();
	/** Whether the browser has a network. */
	online = $state(true);
	/** A complete new version waits until the reader wants it. */
	update = $state.raw<ServiceWorker>();
	/** The next page should be fetched from the server, not drawn by script: it will then be isolated. */
	fetchNext = false;
	#taking = false;

	readonly complete = $derived(this.kept !== undefined && this.kept.done === this.kept.total);

	/** To be called once, when the page answers. Never throws. */
	async start(): Promise<void> {
		this.online = navigator.onLine;
		addEventListener('online', () => (this.online = true));
		addEventListener('offline', () => (this.online = false));
		if (dev || !('serviceWorker' in navigator)) return;
		const workers = navigator.serviceWorker;
		const first = workers.controller === null;
		workers.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
			if (data.type === 'kept') this.kept = { done: data.done, total: data.total };
		});
		workers.addEventListener('controllerchange', () => {
			if (this.#taking) location.reload();
			else if (first) this.#isolate();
			this.#tell({ type: 'keep' });
		});
		this.#tell({ type: 'keep' });
		try {
			// Without a registration (tests block it, private windows refuse) the page is as it would be without us.
			const registration = await workers.register(`${base}/service-worker.js`);
			if (registration) this.#follow(registration);
		} catch {
			this.kept = undefined;
		}
	}

	/** The reader wants the new version: this page is loaded anew, others when they are. */
	takeOver(): void {
		this.#taking = true;
		this.update?.postMessage({ type: 'take-over' } satisfies ToWorker);
	}

	/** Watches for new versions. */
	#follow(registration: ServiceWorkerRegistration): void {
		const offer = () => {
			if (registration.waiting && navigator.serviceWorker.controller)
				this.update = registration.waiting;
		};
		offer();
		registration.addEventListener('updatefound', () => {
			registration.installing?.addEventListener('statechange', offer);
		});
		let looked = Date.now();
		document.addEventListener('visibilitychange', () => {
			if (document.hidden || Date.now() - looked < EVERY) return;
			looked = Date.now();
			// Without a network there is nothing to find.
			registration.update().catch(() => undefined);
		});
	}

	/**
	 * The first visit of a host that does not send the isolation headers: with the worker's help the page is isolated
	 * once it is loaded anew. At once if nobody has touched it, and with the next page otherwise.
	 */
	#isolate(): void {
		if (crossOriginIsolated || window.top !== window) return;
		const touched = navigator.userActivation?.hasBeenActive ?? true;
		this.fetchNext = true;
		if (touched || scrollY > 0) return;
		try {
			if (sessionStorage.getItem(RELOADED)) return;
			sessionStorage.setItem(RELOADED, 'yes');
		} catch {
			// Who cannot remember it must not do it.
			return;
		}
		location.reload();
	}

	#tell(message: ToWorker): void {
		navigator.serviceWorker.controller?.postMessage(message);
	}
}

export const offline = new Offline();
