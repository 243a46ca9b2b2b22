import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { servePlainly, type PlainServer } from '../setup/static.ts';
import { answering, ask, complaints, test } from './page.ts';

/**
 * What goes wrong on the way of a model, with a tiny one in its place: each ends in a sentence and a page that works.
 * (A lost GPU: webgpu.test.ts.)
 */
const folder = mkdtempSync(join(tmpdir(), 'robust-'));
let server: PlainServer;
let context: BrowserContext;

test.beforeAll(async () => {
	cpSync('build', folder, { recursive: true, filter: (path) => !path.includes('models') });
	cpSync('tests/fixtures/tiny-model', join(folder, 'models/tidar-smollm2-135m'), {
		recursive: true
	});
	server = await servePlainly(folder);
});
test.afterAll(() => {
	server.close();
	rmSync(folder, { recursive: true });
});
test.beforeEach(async ({ browser }) => {
	context = await browser.newContext({ serviceWorkers: 'block', baseURL: server.origin });
	server.up = true;
	server.breaking = undefined;
	server.damage = (_file, bytes) => bytes;
});
test.afterEach(() => context.close());

async function open(path = '/decode/?k=4&max=24'): Promise<Page> {
	const page = answering(await context.newPage());
	await page.goto(path);
	return page;
}
const download = (page: Page) =>
	page.getByRole('button', { name: /^(Download the model|Try again)/ }).click();
const ready = (page: Page) =>
	expect(page.getByText('Model ready')).toBeVisible({ timeout: 60_000 });
const answered = async (page: Page) => {
	await ask(page, 'Hello');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByText(/^[1-9]\d* tokens? in \d+ pass(es)?$/).first()).toBeVisible();
	await expect(page.getByRole('alert')).toBeHidden();
};

test('offline in the middle of a file', async () => {
	const page = await open();
	server.breaking = /weights\.\d+\.bin$/;
	await download(page);
	await expect(page.getByRole('alert')).toContainText('The connection broke.');
	server.up = false;
	await download(page);
	await expect(page.getByRole('alert')).toContainText('The connection broke.');
	await expect(page.locator('.tile.mask').first()).toBeVisible();
	server.up = true;
	server.breaking = undefined;
	await download(page);
	await ready(page);
	await answered(page);
});

test('a part that arrives damaged, and a stored one that was damaged since', async () => {
	const page = await open();
	server.damage = (file, bytes) =>
		/weights\.\d+\.bin$/.test(file) ? Buffer.from(bytes.map((byte) => byte ^ 1)) : bytes;
	await download(page);
	await expect(page.getByRole('alert')).toContainText('arrived damaged twice');
	server.damage = (_file, bytes) => bytes;
	await download(page);
	await ready(page);
	// Bits of what is stored change.
	await page.evaluate(async () => {
		const [name] = (await caches.keys()).filter((name) => name.startsWith('tidar-lab:model'));
		const cache = await caches.open(name!);
		for (const request of await cache.keys()) {
			const bytes = new Uint8Array(await (await cache.match(request))!.arrayBuffer());
			bytes[0]! ^= 1;
			if (!request.url.endsWith('.json')) await cache.put(request, new Response(bytes));
		}
	});
	await page.reload();
	await page.getByRole('button', { name: /^Start/ }).click();
	await ready(page);
	await answered(page);
});

test('the browser throws the stored model away while it runs', async () => {
	const page = await open();
	await download(page);
	await ready(page);
	await page.evaluate(async () => {
		for (const name of await caches.keys()) await caches.delete(name);
	});
	await answered(page);
	await page.reload();
	await expect(page.getByText(/^To run your own prompts/)).toBeVisible();
});

test('two tabs at once: both download, both answer; what one deletes the other goes on with', async () => {
	const [a, b] = await Promise.all([open(), open()]);
	await Promise.all([download(a), download(b)]);
	await Promise.all([ready(a), ready(b)]);
	await a.getByRole('button', { name: /^delete the model/ }).click();
	await expect(a.getByText(/^To run your own prompts/)).toBeVisible();
	await answered(b);
	await b.reload();
	await expect(b.getByText(/^To run your own prompts/)).toBeVisible();
});

test('a tab put to sleep in the middle of an answer, and of a recording: both go on where they were', async () => {
	const page = await open('/decode/?k=4&max=400');
	const heard = complaints(page);
	const cdp = await context.newCDPSession(page);
	const sleepAndWake = async () => {
		await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
		await cdp.send('Page.setWebLifecycleState', { state: 'active' });
	};
	const step = async () => Number(await page.getByRole('slider', { name: 'Step' }).inputValue());
	// An hour in which no timer runs, as behind a closed lid; the clock stands still while it is looked at.
	await page.clock.install();
	await page.getByRole('button', { name: 'Play', exact: true }).click();
	await expect.poll(step).toBeGreaterThan(0);
	await page.clock.pauseAt(new Date(Date.now() + 60_000));
	const before = await step();
	await page.clock.fastForward('01:00:00');
	expect((await step()) - before).toBeLessThanOrEqual(1);
	await page.clock.resume();
	await expect.poll(step).toBeGreaterThan(before);

	await download(page);
	await ready(page);
	await page.getByRole('textbox', { name: /prompt/i }).fill('Go on and on.');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await sleepAndWake();
	await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden({ timeout: 120_000 });
	await expect(page.getByText(/^[1-9]\d* tokens in \d+ passes$/).first()).toBeVisible();
	await expect(page.getByRole('alert')).toBeHidden();
	heard.expectNone();
});

test('a hidden tab gets no frames: the answer is there when it is looked at', async () => {
	await context.addInitScript(() => {
		let asleep = false;
		const waiting: FrameRequestCallback[] = [];
		const request = window.requestAnimationFrame.bind(window);
		window.requestAnimationFrame = (callback) => {
			if (!asleep) return request(callback);
			return waiting.push(callback);
		};
		Object.assign(window, { sleep: () => (asleep = true) });
	});
	const page = await open();
	await download(page);
	await ready(page);
	await page.evaluate(() => (window as unknown as { sleep: () => void }).sleep());
	await answered(page);
});
