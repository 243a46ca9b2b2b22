import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { servePlainly, type PlainServer } from '../setup/static.ts';
import { complaints, firstVisit, test } from './page.ts';

/** The site on a server without any headers, with its service worker: one visitor, first visit to update. */
test.describe.configure({ mode: 'serial' });
test.use({ serviceWorkers: 'allow' });

const folder = mkdtempSync(join(tmpdir(), 'site-'));
let server: PlainServer;
let page: Page;
let seen: Awaited<ReturnType<typeof firstVisit>>;
let heard: ReturnType<typeof complaints>;

test.beforeAll(async ({ browser }) => {
	cpSync('build', folder, { recursive: true });
	// The tiny model in the real one's place: what is stored, and how, is the same.
	cpSync('tests/fixtures/tiny-model', join(folder, 'models/tidar-smollm2-135m'), {
		recursive: true
	});
	server = await servePlainly(folder);
	const context = await browser.newContext({ serviceWorkers: 'allow', baseURL: server.origin });
	page = await context.newPage();
	heard = complaints(page);
	seen = await firstVisit(page, '/decode/');
});
test.afterAll(async () => {
	await page.context().close();
	server.close();
	rmSync(folder, { recursive: true });
});

const isolated = () => page.evaluate(() => crossOriginIsolated);
const footer = () => page.getByRole('contentinfo');

test('the first visit is loaded twice, then isolated, and the recorded run plays', async () => {
	await expect.poll(isolated).toBe(true);
	await expect(footer().getByText(/^The site works without a network \(.* MB kept/)).toBeVisible();
	expect(seen.documents).toBe(2);
	await page.reload();
	expect(await isolated()).toBe(true);
	await expect.poll(() => seen.documents).toBe(3);
	await expect(page.locator('.tile.mask').first()).toBeVisible();
	heard.expectNone();
});

test('a first visitor who is at work is left alone, and isolated with the next page', async ({
	browser
}) => {
	const other = await browser.newContext({ serviceWorkers: 'allow', baseURL: server.origin });
	const busy = await other.newPage();
	let loads = 0;
	busy.on('load', () => loads++);
	// The worker comes after the click, however slow the machine.
	let clicked!: () => void;
	const click = new Promise<void>((resolve) => (clicked = resolve));
	server.after = (file) => (file.endsWith('/service-worker.js') ? click : undefined);
	await busy.goto('/');
	await busy.mouse.click(5, 5);
	clicked();
	await expect(busy.getByText(/^The site works without a network/)).toBeVisible();
	expect(loads).toBe(1);
	await busy.getByRole('banner').getByRole('link', { name: 'Learn' }).click();
	await expect(busy).toHaveURL(/learn/);
	await expect.poll(() => busy.evaluate(() => crossOriginIsolated)).toBe(true);
	// The page answers before it has loaded all.
	await expect.poll(() => loads).toBe(2);
	await other.close();
});

test('the model and its runtime can be kept, with size and progress, before they are ever used', async () => {
	await footer().getByText('The model too?').click();
	await footer()
		.getByRole('button', { name: /^Make it available offline \(\d.* MB\)/ })
		.click();
	await expect(footer().getByText(/^The live decoder works without a network too/)).toBeVisible({
		timeout: 60_000
	});
});

test('without a network every page opens, and the model answers', async () => {
	server.up = false;
	await page.context().setOffline(true);
	await expect(page.getByRole('banner').getByText('offline')).toBeVisible();
	const { first } = JSON.parse(readFileSync('build/offline.json', 'utf8')) as {
		first: [string, number][];
	};
	const pages = first.map(([address]) => address).filter((address) => /(^|\/)$/.test(address));
	expect(pages.length).toBeGreaterThan(10);
	const answers = await page.evaluate(
		(all) => Promise.all(all.map(async (at) => (await fetch(`/${at}`)).status)),
		pages
	);
	expect(new Set(answers)).toEqual(new Set([200]));
	for (const at of ['/zh/learn/', '/simulate/', '/timeline/', '/nothing/here/']) {
		await page.goto(at);
		expect(await isolated()).toBe(true);
		await expect(page.locator('h1')).toBeVisible();
	}
	await page.goto('/decode?max=8&k=4');
	await expect(page).toHaveURL(/\/decode\/\?/);
	await page.getByRole('button', { name: /^Start/ }).click();
	await expect(page.getByText('Model ready')).toBeVisible({ timeout: 60_000 });
	await page.getByRole('textbox', { name: /prompt/i }).fill('Hello');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(page.getByText(/^\d+ tokens? in \d+ pass/)).toBeVisible({ timeout: 60_000 });
});

test('a new version is offered, never forced, and replaces the old one when wanted', async () => {
	server.up = true;
	await page.context().setOffline(false);
	await page.goto('/learn/');
	await publish('next');
	await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.update());
	await expect(footer().getByText('A new version of the site is ready.')).toBeVisible({
		timeout: 60_000
	});
	const before = seen.documents;
	expect(await caches('site')).toHaveLength(2);
	await footer().getByRole('button', { name: 'Reload' }).click();
	await expect.poll(() => seen.documents).toBe(before + 1);
	await expect.poll(() => caches('site')).toEqual(['tidar-lab:site:next']);
	await expect(footer().getByText(/^The site works without a network/)).toBeVisible();
});

test('the model can be removed again', async () => {
	await footer().getByText('The model too?').click();
	await footer().getByRole('button', { name: 'Remove the model' }).click();
	await expect(footer().getByText(/^The live decoder needs the model/)).toBeVisible();
	expect(await caches('used')).toEqual([]);
});

/** Names of our caches. */
const caches = (kind: string) =>
	page.evaluate(
		async (kind) => (await globalThis.caches.keys()).filter((name) => name.includes(`:${kind}`)),
		kind
	);

/** Another build on the same server, as far as a service worker can tell. */
async function publish(version: string): Promise<void> {
	const list = JSON.parse(readFileSync(join(folder, 'offline.json'), 'utf8'));
	const worker = readFileSync(join(folder, 'service-worker.js'), 'utf8');
	expect(worker).toContain(list.version);
	writeFileSync(join(folder, 'service-worker.js'), worker.replaceAll(list.version, version));
	writeFileSync(join(folder, 'offline.json'), JSON.stringify({ ...list, version }));
}
