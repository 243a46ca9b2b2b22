/**
 * npm run webkit [-- PATH ...]: every page of the build, or these, in WebKitGTK, whose engine is Safari's: does it answer,
 * does it fit, does it complain? No part of npm test, as few machines have it. On Debian: apt-get install libwebkit2gtk-4.1-0
 * xvfb, then xvfb-run -a npm run webkit.
 */
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { allPages } from '../e2e/routes.ts';

/** Where distributions put the small browser that comes with WebKitGTK. */
const browser = ['4.1', '6.0']
	.flatMap((version) => [
		`/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
		`/usr/lib/aarch64-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
		`/usr/libexec/webkit2gtk-${version}/MiniBrowser`
	])
	.find(existsSync);
/** A page that takes longer than this does not answer, ms. */
const PATIENCE = 60_000;

const types: Record<string, string> = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.json': 'application/json',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.wasm': 'application/wasm',
	'.woff2': 'font/woff2',
	'.webmanifest': 'application/manifest+json'
};

function fail(why: string): never {
	process.stderr.write(`${why}\n`);
	process.exit(2);
}
if (!browser)
	fail('There is no WebKitGTK here. On Debian: apt-get install libwebkit2gtk-4.1-0 xvfb');
if (!existsSync('build')) fail('There is no build to look at. Run: npm run build');

const pages = process.argv.length > 2 ? process.argv.slice(2) : allPages();
const server = createServer((request, response) => {
	const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
	response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
	response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
	if (path === '/walk.json') return void response.end(JSON.stringify({ pages }));
	if (path === '/walk.html') {
		response.setHeader('Content-Type', 'text/html');
		return void response.end(readFileSync(new URL('walk.html', import.meta.url)));
	}
	const file = join('build', path.endsWith('/') ? `${path}index.html` : path);
	if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
	response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
	createReadStream(file).pipe(response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

// On a terminal of its own, as it keeps what it would print into a pipe until it ends.
const command = `${browser} --enable-write-console-messages-to-stdout=true http://127.0.0.1:${port}/walk.html`;
const walk = spawn('script', ['--quiet', '--flush', '--command', `exec ${command}`, '/dev/null']);
let at = '';
let done = false;
const wrong = new Map<string, string[]>();
const hear = (what: string) => wrong.set(at, [...(wrong.get(at) ?? []), what]);
const giveUp = () => {
	hear(`has not answered for ${PATIENCE / 1000} s`);
	walk.kill();
};
let timer = setTimeout(giveUp, PATIENCE);

for await (const line of createInterface({ input: walk.stdout })) {
	const [, what, path = '', wide, room] =
		/walk: (at|answers|done) ?(\S*)(?: (\d+) of (\d+) px)?$/.exec(line) ?? [];
	if (what === undefined) {
		if (/CONSOLE .*(ERROR|WARN)/.test(line)) hear(line);
		continue;
	}
	clearTimeout(timer);
	timer = setTimeout(giveUp, PATIENCE);
	if (what === 'at') at = path;
	if (what === 'answers') {
		if (Number(wide) > Number(room)) hear(`is ${wide} px wide where there are ${room}`);
		const found = wrong.get(path);
		process.stdout.write(`${found ? 'NOT ' : 'fine'} ${path} ${found?.join('; ') ?? ''}\n`);
	}
	if (what === 'done') {
		done = true;
		walk.kill();
	}
}
clearTimeout(timer);
server.closeAllConnections();
server.close();
const bad = wrong.size > 0 || !done;
const rest = done
	? ''
	: ` The walk ended at '${at}': ${wrong.get(at)?.join('; ') ?? 'nothing was said'}`;
process.stdout.write(`${pages.length} pages, ${wrong.size} with something wrong.${rest}\n`);
process.exit(bad ? 1 : 0);
