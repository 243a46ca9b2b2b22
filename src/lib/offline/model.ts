import { assetsOf, type Asset } from '$engine/runtime/manifest.ts';
import { WebSource } from '$engine/runtime/source.ts';
import { storedBytes, type Progress } from '$engine/runtime/download.ts';
import { parseList, runtimesFor, sumOf, type Entry } from './list.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What the live decoder needs without a network, beside the site: the model's files, and what runs them. */
export interface Needs {
	readonly done: number;
	readonly total: number;
}

/** Keeps the model and its runtime in this browser, without starting them. One object a page. */
export class ModelKeeper {
	readonly #source: WebSource;

	/**
	 * @param model the model's folder, an absolute address
	 * @param site where the site lies, an absolute address ending in a slash
	 */
	constructor(
		model: string,
		private readonly site: string
	) {
		this.#source = new WebSource(model);
	}

	/** @throws RuntimeError, Error */
	async look(): Promise<Needs> {
		const [assets, runtimes] = await Promise.all([this.#assets(), this.#runtimes()]);
		const kept = await Promise.all(
			runtimes.map(async (entry) => ((await this.#holds(entry)) ? entry[1] : 0))
		);
		return {
			done:
				(await storedBytes(assets, await this.#source.store())) + kept.reduce((a, b) => a + b, 0),
			total: bytesOf(assets) + sumOf(runtimes)
		};
	}

	/**
	 * Downloads what is missing; stopping keeps what is complete.
	 * @throws as `download`, and Error where the runtime cannot be kept
	 */
	async keep(onProgress: (needs: Needs) => void, signal: AbortSignal): Promise<void> {
		// The browser may otherwise delete it when the disk is short.
		await navigator.storage?.persist?.();
		const manifest = await this.#source.manifest(signal);
		const [assets, runtimes] = await Promise.all([this.#assets(), this.#runtimes()]);
		const total = bytesOf(assets) + sumOf(runtimes);
		const files = await this.#source.files(assets, {
			signal,
			onProgress: ({ done }: Progress) => onProgress({ done, total })
		});
		files.length = 0;
		await this.#source.settle(manifest);
		await ask({ type: 'keep-also', addresses: runtimes.map(([address]) => address) });
		signal.throwIfAborted();
		onProgress({ done: total, total });
	}

	/** Deletes the model and its runtime. */
	async forget(): Promise<void> {
		await this.#source.remove();
		await ask({ type: 'forget-used' });
	}

	/** The files of every graph: which one will run is known only when it does, and they are small. */
	async #assets(): Promise<Asset[]> {
		const manifest = await this.#source.manifest();
		const all = manifest.graphs.flatMap(({ name }) => assetsOf(manifest, name));
		return [...new Map(all.map((asset) => [asset.sha256, asset])).values()];
	}

	async #runtimes(): Promise<Entry[]> {
		const response = await fetch(new URL('offline.json', this.site));
		if (!response.ok) return [];
		return runtimesFor(parseList(await response.text()), {
			webgpu: 'gpu' in navigator,
			jspi: 'Suspending' in WebAssembly
		});
	}

	async #holds([address]: Entry): Promise<boolean> {
		return (await caches.match(new URL(address, this.site).href)) !== undefined;
	}
}

const bytesOf = (assets: readonly Asset[]): number =>
	assets.reduce((sum, { bytes }) => sum + bytes, 0);

/** Asks the service worker and waits for its answer. @throws Error where it fails, or where there is none */
function ask(message: ToWorker): Promise<void> {
	const { controller } = navigator.serviceWorker;
	if (!controller)
		throw new Error('This browser keeps no copy of the site for this page. Reload it once.');
	return new Promise((resolve, reject) => {
		const hear = ({ data }: MessageEvent<FromWorker>) => {
			if (data.type === 'kept') return;
			navigator.serviceWorker.removeEventListener('message', hear);
			if (data.type === 'done') resolve();
			else reject(new Error(data.message));
		};
		navigator.serviceWorker.addEventListener('message', hear);
		controller.postMessage(message);
	});
}
