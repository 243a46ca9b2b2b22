import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Plan, StageReport } from './plan.ts';

interface Content {
	/** Folders of the built page, of the model, and of the one that drafts for it. */
	readonly page: string;
	readonly model: string;
	readonly draft: string;
	/** File of the recorded session. */
	readonly session: string;
	readonly plan: Plan;
	readonly onReport: (piece: StageReport) => void;
}

const types: Record<string, string> = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.json': 'application/json',
	'.wasm': 'application/wasm'
};

/** Serves the benchmark on a free port of this machine; `done` resolves when the page says so. */
export async function serve(
	content: Content
): Promise<{ port: number; done: Promise<void>; close: () => void }> {
	let finish = () => {};
	const done = new Promise<void>((resolve) => (finish = resolve));
	const server = createServer((request, response) => {
		if (request.method === 'POST') void hear(request, response, content, finish);
		else give(request, response, content);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const close = () => {
		server.closeAllConnections();
		server.close();
	};
	return { port: (server.address() as { port: number }).port, done, close };
}

async function hear(
	request: IncomingMessage,
	response: ServerResponse,
	{ onReport }: Content,
	finish: () => void
): Promise<void> {
	const body = (await request.toArray()).join('');
	if (request.url === '/report') onReport(JSON.parse(body) as StageReport);
	if (request.url === '/done') finish();
	response.writeHead(204).end();
}

function give(request: IncomingMessage, response: ServerResponse, content: Content): void {
	const path = normalize(new URL(request.url!, 'http://localhost').pathname);
	// Isolated, a page gets a clock of 5 µs instead of 100.
	response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
	response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
	response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
	const [, folder, name] = /^\/(model|draft)\/(.*)$/.exec(path) ?? [];
	const file =
		path === `/${content.plan.session}`
			? content.session
			: folder
				? join(content[folder as 'model' | 'draft'], name!)
				: join(content.page, path);
	if (path === '/plan.json') response.end(JSON.stringify(content.plan));
	else if (existsSync(file) && statSync(file).isFile()) createReadStream(file).pipe(response);
	else response.writeHead(404).end();
}
