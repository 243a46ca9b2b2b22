import { existsSync, readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { unzipSync } from 'fflate';
import { servePlainly } from '../setup/static.ts';
import { complaints, firstVisit, test } from './page.ts';

/** What `npm run pack -- --base /courses/tidar` made, served as its README says. `npm run test:pack` makes and tests it. */
test.use({ serviceWorkers: 'allow' });

const folder = 'pack/tidar-lab';
const base = '/courses/tidar';

test('a stick with the site: plain server, base path, isolated, and the recorded run plays', async ({
	browser
}) => {
	const server = await servePlainly(folder);
	const context = await browser.newContext({ serviceWorkers: 'allow', baseURL: server.origin });
	const page = await context.newPage();
	const heard = complaints(page);
	const strangers: string[] = [];
	page.on('request', (request) => {
		const url = request.url();
		if (/^https?:/.test(url) && !url.startsWith(`${server.origin}${base}/`)) strangers.push(url);
	});
	await firstVisit(page, `${base}/`);
	expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
	await page.getByRole('banner').getByRole('link', { name: 'Decode' }).click();
	await expect(page.locator('.tile.mask').first()).toBeVisible();
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect(page.getByText(/^step 2 \//)).toBeVisible();
	await page.goto(`${base}/zh/learn/`);
	await expect(page.getByText(/没有网络时本站也能用/)).toBeVisible();
	// What the browser says of a server that is gone is its own business.
	heard.expectNone();
	server.up = false;
	await page.goto(`${base}/simulate/`);
	await expect(page.locator('h1')).toBeVisible();
	// Without the server, too: lessons are searched, in both languages, and what is found opens.
	for (const [locale, asked, heading] of [
		['', 'acceptance', 'Acceptance rate'],
		['/zh', '接受率', '接受率']
	] as const) {
		await page.goto(`${base}${locale}/learn/search/?q=${encodeURIComponent(asked)}`);
		const term = page.getByRole('link', { name: heading, exact: true });
		await expect(term).toHaveAttribute('href', `${base}${locale}/learn/glossary/#acceptance`);
		await term.click();
		await expect(page.locator('#acceptance')).toBeVisible();
	}
	expect(strangers).toEqual([]);
	await context.close();
	server.close();
});

test('the zip holds the folder, and says how in two languages', () => {
	const files = unzipSync(readFileSync(`${folder}.zip`), {
		filter: ({ name }) => /\.(html|txt|json|bin)$/.test(name)
	});
	expect(Object.keys(files)).toContain(`tidar-lab${base}/index.html`);
	for (const [name, bytes] of Object.entries(files)) {
		expect(existsSync(`pack/${name}`)).toBe(true);
		expect(Buffer.compare(bytes, readFileSync(`pack/${name}`))).toBe(0);
	}
	const readme = new TextDecoder().decode(files['tidar-lab/README.txt']);
	expect(readme).toContain(`http://localhost:8000${base}/`);
	expect(readme).toContain('静态网页服务器');
});
