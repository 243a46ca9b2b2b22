/**
 * npm run soak [-- --minutes N] [-- --real]: decodes on and on in a headless Chromium on the built site and watches
 * memory: the page's heap, the worker's, and the bytes of GPU buffers. Fails when the second half climbs.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium, type CDPSession, type Page } from 'playwright';
import { baseArgs, findChromium, webgpuArgs } from '../setup/chromium.js';
import { preview } from 'vite';

const help = `npm run soak -- [--minutes N] [--real] [--wasm]

Decodes on and on in headless Chromium and fails when memory climbs. Needs a build (npm run build).
  --minutes N  how long (default 30)
  --real       the real model instead of the tiny one with random weights
  --wasm       WebAssembly instead of WebGPU (on a software device where there is no GPU)
`;

const MB = 1e6;
/** Growth of the least use of the last quarter over that of the second quarter that is still called flat. */
const ALLOWED = { share: 0.05, bytes: 4 * MB };

interface Sample {
	readonly minute: number;
	readonly answers: number;
	/** Bytes, after a garbage collection. */
	readonly page: number;
	readonly worker: number;
	readonly gpu: number;
}

function options() {
	try {
		const { values } = parseArgs({
			options: {
				minutes: { type: 'string', default: '30' },
				real: { type: 'boolean', default: false },
				wasm: { type: 'boolean', default: false },
				help: { type: 'boolean', default: false }
			}
		});
		const minutes = Number(values.minutes);
		if (!(minutes > 0))
			throw new Error(`--minutes must be a positive number, not '${values.minutes}'.`);
		return { ...values, minutes };
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n${help}`);
		process.exit(2);
	}
}

const { minutes, real, wasm, help: asked } = options();
if (asked) {
	process.stdout.write(help);
	process.exit(0);
}
if (!existsSync('build/index.html')) {
	process.stderr.write('There is no build to soak. Run: npm run build\n');
	process.exit(2);
}

const server = await preview({ preview: { port: 4187, strictPort: false }, logLevel: 'error' });
const origin = server.resolvedUrls!.local[0]!.replace(/\/$/, '');
const browser = await chromium.launch({
	executablePath: findChromium(),
	args: [...baseArgs, ...(wasm ? ['--disable-features=WebGPU'] : webgpuArgs)]
});
const samples: Sample[] = [];
try {
	const page = await browser.newPage({ serviceWorkers: 'block' });
	if (!real) {
		await page.route('**/models/*/*', (route) =>
			route.fulfill({
				path: `tests/fixtures/tiny-model/${new URL(route.request().url()).pathname.split('/').at(-1)}`
			})
		);
	}
	await page.goto(`${origin}/decode/?k=4&max=40&on=${wasm ? 'wasm' : 'webgpu'}`);
	await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
	await page.getByText(/^To run your own prompts/).waitFor();
	await countBuffers(page);
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await page.getByText('Model ready').waitFor({ timeout: 600_000 });
	await soak(page);
} finally {
	await browser.close();
	await server.close();
}
process.exitCode = verdict(samples) ? 0 : 1;

/** Counts the bytes of GPU buffers that the worker makes and destroys; those that are only forgotten stay counted. */
async function countBuffers(page: Page): Promise<void> {
	await page.workers()[0]!.evaluate(() => {
		const held = { bytes: 0 };
		Object.assign(globalThis, { held });
		if (typeof GPUDevice === 'undefined') return;
		const { createBuffer } = GPUDevice.prototype;
		GPUDevice.prototype.createBuffer = function (descriptor) {
			const buffer = createBuffer.call(this, descriptor);
			held.bytes += buffer.size;
			const destroy = buffer.destroy.bind(buffer);
			let there = true;
			buffer.destroy = () => {
				if (there) held.bytes -= buffer.size;
				there = false;
				return destroy();
			};
			return buffer;
		};
	});
}

/** Answers, each in a new chat, until the time is over. */
async function soak(page: Page): Promise<void> {
	const heaps = await heapsOf(page);
	const started = Date.now();
	const every = Math.max(10_000, (minutes * 60_000) / 40);
	let answers = 0;
	let due = started;
	print(['minute', 'answers', 'page MB', 'worker MB', 'GPU MB']);
	while (Date.now() - started < minutes * 60_000) {
		const box = page.getByRole('textbox', { name: /prompt|message/i });
		await box.fill(`Go on and on, the ${answers}th time.`);
		await page.getByRole('button', { name: 'Run', exact: true }).click();
		// Emptied when the answer begins, however soon that ends.
		await page.waitForFunction(() => document.querySelector('textarea')?.value === '');
		await page
			.getByRole('button', { name: 'Stop' })
			.waitFor({ state: 'hidden', timeout: 3_600_000 });
		answers++;
		await page.getByRole('button', { name: 'New chat' }).click();
		if (Date.now() < due) continue;
		due = Date.now() + every;
		const sample = {
			minute: (Date.now() - started) / 60_000,
			answers,
			...(await measure(page, heaps))
		};
		samples.push(sample);
		print([
			sample.minute.toFixed(1),
			String(answers),
			...[sample.page, sample.worker, sample.gpu].map((bytes) => (bytes / MB).toFixed(2))
		]);
	}
}

/** Bytes of script objects and their buffers, WebAssembly's memory included, after a garbage collection. */
type Heap = () => Promise<number>;

/** The heaps of a page and of its worker, by the debugging protocol; Playwright itself speaks it with pages alone. */
async function heapsOf(page: Page): Promise<{ page: Heap; worker: Heap }> {
	const session = await page.context().newCDPSession(page);
	const attached = new Promise<string>((resolve) =>
		session.on('Target.attachedToTarget', ({ sessionId }) => resolve(sessionId))
	);
	await session.send('Target.setAutoAttach', {
		autoAttach: true,
		waitForDebuggerOnStart: false,
		flatten: false
	});
	const worker = relay(session, await attached);
	return {
		page: async () => {
			await session.send('HeapProfiler.collectGarbage');
			return whole(await session.send('Runtime.getHeapUsage'));
		},
		worker: async () => {
			await worker('HeapProfiler.collectGarbage');
			return whole(await worker('Runtime.getHeapUsage'));
		}
	};
}

function whole(usage: object): number {
	const { usedSize, backingStorageSize = 0 } = usage as Record<string, number>;
	return usedSize! + backingStorageSize;
}

/** Calls to a target that is reached through another's session. */
function relay(session: CDPSession, sessionId: string) {
	let next = 1;
	return (method: string): Promise<Record<string, number>> =>
		new Promise((resolve, reject) => {
			const id = next++;
			const hear = ({ message }: { message: string }) => {
				const said = JSON.parse(message);
				if (said.id !== id) return;
				session.off('Target.receivedMessageFromTarget', hear);
				if (said.error) reject(new Error(`${method}: ${said.error.message}`));
				else resolve(said.result);
			};
			session.on('Target.receivedMessageFromTarget', hear);
			session
				.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
				.catch(reject);
		});
}

/** Bytes of script objects in page and worker, and of GPU buffers. */
async function measure(
	page: Page,
	heaps: Awaited<ReturnType<typeof heapsOf>>
): Promise<Pick<Sample, 'page' | 'worker' | 'gpu'>> {
	const gpu = await page
		.workers()[0]!
		.evaluate(() => (globalThis as unknown as { held: { bytes: number } }).held.bytes);
	return { page: await heaps.page(), worker: await heaps.worker(), gpu };
}

function print(cells: readonly string[]): void {
	process.stdout.write(`${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}

/** Whether nothing climbed, told in words: the second quarter is when caches are full and nothing has been long at work. */
function verdict(all: readonly Sample[]): boolean {
	if (all.length < 8) {
		process.stdout.write(`Only ${all.length} samples: too short to judge. Let it run longer.\n`);
		return false;
	}
	const quarter = Math.floor(all.length / 4);
	const least = (some: readonly Sample[], of: 'page' | 'worker' | 'gpu') =>
		Math.min(...some.map((sample) => sample[of]));
	let flat = true;
	for (const what of ['page', 'worker', 'gpu'] as const) {
		const early = least(all.slice(quarter, 2 * quarter), what);
		const late = least(all.slice(-quarter), what);
		const climbs = late - early > Math.max(ALLOWED.bytes, early * ALLOWED.share);
		flat &&= !climbs;
		process.stdout.write(
			`${what}: ${(early / MB).toFixed(2)} MB early, ${(late / MB).toFixed(2)} MB late: ${climbs ? 'it climbs' : 'flat'}\n`
		);
	}
	return flat;
}
