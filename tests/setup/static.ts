import { readFileSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
	'.css': 'text/css',
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.json': 'application/json',
	'.svg': 'image/svg+xml',
	'.wasm': 'application/wasm',
	'.webmanifest': 'application/manifest+json'
};

export interface PlainServer {
	/** Where it listens, without a slash at the end. */
	readonly origin: string;
	/** What is served from now on: another build, say. */
	folder: string;
	/** While false every connection is dropped, as when the network is gone. */
	up: boolean;
	/** Files of these names break off in the middle. */
	breaking: RegExp | undefined;
	/** A file is sent once this is settled: what it is to be later than. */
	after: (file: string) => Promise<void> | undefined;
	/** What files are sent instead of themselves: damaged ones. */
	damage: (file: string, bytes: Buffer) => Buffer;
	close(): void;
}

/**
 * As plain as servers get (`python3 -m http.server`): files, index.html for folders, no header that a page could wish
 * for, a bare 404.
 * @param base path under which the folder lies, such as '/lab'
 */
export async function servePlainly(folder: string, base = ''): Promise<PlainServer> {
	const http = createServer((request, response) => {
		if (!served.up) return void request.destroy();
		const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname);
		if (!path.startsWith(`${base}/`)) return none(response);
		const file = join(served.folder, normalize(path.slice(base.length)));
		const send = () => give(file, path, response, served);
		const before = served.after(file);
		if (before) void before.then(send);
		else send();
	});
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
	const { port } = http.address() as { port: number };
	const served: PlainServer = {
		origin: `http://localhost:${port}`,
		folder,
		up: true,
		breaking: undefined,
		after: () => undefined,
		damage: (_file, bytes) => bytes,
		close() {
			http.closeAllConnections();
			http.close();
		}
	};
	return served;
}

const none = (response: ServerResponse) =>
	void response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>404</h1>');

function give(file: string, path: string, response: ServerResponse, server: PlainServer): void {
	const found = statSync(file, { throwIfNoEntry: false });
	if (found?.isDirectory()) {
		if (path.endsWith('/')) return give(join(file, 'index.html'), path, response, server);
		return void response.writeHead(301, { Location: `${path}/` }).end();
	}
	if (!found) return none(response);
	const bytes = server.damage(file, readFileSync(file));
	response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
	response.setHeader('Content-Length', bytes.length);
	if (!server.breaking?.test(file)) return void response.end(bytes);
	response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}
