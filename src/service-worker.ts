/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
// The site without a network, and cross-origin isolated on any host. What is kept and how: lib/offline/keeper.ts.
import { base, version } from '$service-worker';
import { isolated } from './lib/offline/headers.ts';
import { Keeper } from './lib/offline/keeper.ts';
import type { FromWorker, ToWorker } from './lib/offline/messages.ts';

const worker = globalThis.self as unknown as ServiceWorkerGlobalScope;
const home = new URL(`${base}/`, worker.location.href).href;
const keeper = new Keeper({
	base: home,
	version,
	caches,
	fetch: (...what) => fetch(...what),
	async onProgress(done, total) {
		const told: FromWorker = { type: 'kept', done, total };
		for (const client of await worker.clients.matchAll({ type: 'window' }))
			client.postMessage(told);
	}
});

worker.addEventListener('install', (event) => {
	// A first visitor's page should not wait for it; a new version is offered when it is complete.
	event.waitUntil(worker.registration.active ? keeper.fill() : worker.skipWaiting());
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('message', (event) => {
	const message = event.data as ToWorker;
	const answer = (told: FromWorker) => event.source?.postMessage(told);
	const work = async () => {
		switch (message.type) {
			case 'keep':
				await keeper.fill();
				answer({ type: 'kept', ...(await keeper.state()) });
				// Another tab may show the version before.
				if ((await worker.clients.matchAll({ type: 'window' })).length === 1) await keeper.clean();
				return;
			case 'keep-also':
				await keeper.keepAlso(message.addresses);
				return answer({ type: 'done' });
			case 'forget-used':
				await keeper.forgetUsed();
				return answer({ type: 'done' });
			case 'take-over':
				return worker.skipWaiting();
		}
	};
	event.waitUntil(
		work().catch((error: unknown) => answer({ type: 'failed', message: String(error) }))
	);
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	if (request.method !== 'GET' || !request.url.startsWith(home)) return;
	if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
	// The model's files: streamed past us into their own store.
	if (request.url.startsWith(`${home}models/`) || request.headers.has('range')) return;
	event.respondWith(answerTo(event));
});

async function answerTo(event: FetchEvent): Promise<Response> {
	const { request } = event;
	const page = request.mode === 'navigate';
	const kept = await keeper.find(request.url);
	if (kept) return isolated(kept);
	const path = request.url.replace(/[?#].*$/, '');
	if (page && !/(\/|\.\w+)$/.test(path) && (await keeper.find(`${path}/`))) {
		return Response.redirect(request.url.replace(path, `${path}/`));
	}
	try {
		const response = await fetch(request);
		if (page && response.status === 404) return isolated((await keeper.missing()) ?? response);
		if (response.ok) event.waitUntil(keeper.use(request.url, response.clone()));
		return isolated(response);
	} catch (error) {
		const instead = page && !(await keeper.knows(request.url)) && (await keeper.missing());
		if (instead) return isolated(instead);
		throw error;
	}
}
