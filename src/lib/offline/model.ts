import { filesOf, type Asset, type Beside, type Manifest } from '$engine/runtime/manifest.ts';
import { WebSource } from '$engine/runtime/source.ts';
import { storedBytes, type Progress } from '$engine/runtime/download.ts';
import { parseList, runtimesFor, sumOf, type Entry } from './list.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What the live decoder needs without a network, beside the site: the models' files, and what runs them. */
export interface Needs {
	readonly done: number;
	readonly total: number;
}

/** A model's files: of every graph, since which one will run is known only when it does, and they are small. */
interface Kept {
	readonly source: WebSource;
	readonly manifest: Manifest | Beside;
	readonly assets: readonly Asset[];
}

/** Keeps models and their runtime in this browser, without starting them. One object a page. */
export class ModelKeeper {
	readonly #sources: readonly WebSource[];

	/**
	 * @param models the folders of the model and of what some decoders need beside it, absolute addresses
	 * @param site where the site lies, an absolute address ending in a slash
	 */
	constructor(
		models: readonly string[],
		private readonly site: string
	) {
		this.#sources = models.map((model) => new WebSource(model));
	}

	/** @throws RuntimeError, Error */
	async look(): Promise<Needs> {
		const [models, runtimes] = await Promise.all([this.#models(), this.#runtimes()]);
		const here = await Promise.all([
			...models.map(async ({ source, assets }) => storedBytes(assets, await source.store())),
			...runtimes.map(async (entry) => ((await this.#holds(entry)) ? entry[1] : 0))
		]);
		return { done: here.reduce((a, b) => a + b, 0), total: totalOf(models, runtimes) };
	}

	/**
	 * Downloads what is missing; stopping keeps what is complete.
	 * @throws as `download`, and Error where the runtime cannot be kept
	 */
	async keep(onProgress: (needs: Needs) => void, signal: AbortSignal): Promise<void> {
		// The browser may otherwise delete it when the disk is short.
		await navigator.storage?.persist?.();
		const [models, runtimes] = await Promise.all([this.#models(signal), this.#runtimes()]);
		const total = totalOf(models, runtimes);
		let before = 0;
		for (const { source, manifest, assets } of models) {
			const files = await source.files(assets, {
				signal,
				onProgress: ({ done }: Progress) => onProgress({ done: before + done, total })
			});
			files.length = 0;
			await source.settle(manifest);
			before += bytesOf(assets);
		}
		await ask({ type: 'keep-also', addresses: runtimes.map(([address]) => address) });
		signal.throwIfAborted();
		onProgress({ done: total, total });
	}

	/** Deletes the models and their runtime. */
	async forget(): Promise<void> {
		for (const source of this.#sources) await source.remove();
		await ask({ type: 'forget-used' });
	}

	#models(signal?: AbortSignal): Promise<Kept[]> {
		return Promise.all(
			this.#sources.map(async (source) => {
				const manifest = await source.either(signal);
				const all = manifest.graphs.flatMap(({ name }) => filesOf(manifest, name));
				const assets = [...new Map(all.map((asset) => [asset.sha256, asset])).values()];
				return { source, manifest, assets };
			})
		);
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

const totalOf = (models: readonly Kept[], runtimes: readonly Entry[]): number =>
	models.reduce((sum, { assets }) => sum + bytesOf(assets), sumOf(runtimes));

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
