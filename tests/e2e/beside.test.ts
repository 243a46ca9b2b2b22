import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { servePlainly } from '../setup/static.ts';
import {
	ask,
	companions,
	complaints,
	extras,
	firstVisit,
	serveCompanions,
	startModel,
	test
} from './page.ts';

/** EAGLE-3, LLaDA and Dream on /decode, on small weights (tests/fixtures/beside). */
test('decoders with weights of their own are offered where the site has them, run, and can be looked at', async ({
	page
}) => {
	const heard = complaints(page);
	await serveCompanions(page);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await page.goto('/');
	await page.getByRole('banner').getByRole('link', { name: 'Decode' }).click();
	await page.getByText(/^Settings:/).click();
	const decoder = (name: RegExp) => page.getByRole('radio', { name });
	await decoder(/^EAGLE-3 .*weights of its own/).check();
	await page.getByRole('spinbutton', { name: 'Tokens at most' }).fill('12');
	await page.getByRole('spinbutton', { name: 'Tokens at most' }).press('Enter');
	await expect(page).toHaveURL(/d=eagle3/);
	await startModel(page);
	await ask(page, 'Go.');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	const sentence = page.getByTestId('sentence');
	await expect(sentence).toContainText('reached the length that was set');
	// The head's passes are steps: the one before the last one of the model.
	await page.getByRole('button', { name: 'From the first step' }).click();
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect(sentence).toHaveText(/^The drafter adds/);
	await expect(
		page.getByRole('figure', { name: /^The model and its drafter guess/ })
	).toBeVisible();

	await decoder(/^Dream/).check();
	await page.getByRole('combobox', { name: 'Order of filling' }).selectOption('at random');
	await expect(page).toHaveURL(/order=origin/);
	await ask(page, 'Go on.');
	await expect(sentence).toContainText('reached the length that was set');
	await expect(page.locator('.stage .tile.canvas').first()).toBeVisible();

	// What was written by a companion is a session like any other.
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: /session \(JSON\)/ }).click()
	]);
	await page.locator('input[type=file]').setInputFiles(await download.path());
	await expect(page.getByText('recorded', { exact: true })).toBeVisible();
	await expect(sentence).not.toBeEmpty();
	heard.expectNone();
});

test('kept for times without a network with the model, and running there', async ({ browser }) => {
	const folder = mkdtempSync(join(tmpdir(), 'site-'));
	cpSync('build', folder, { recursive: true });
	for (const [name, fixture] of Object.entries(companions)) {
		const at = join(folder, 'models', name);
		rmSync(at, { recursive: true, force: true });
		cpSync(`tests/fixtures/beside/${fixture}`, at, { recursive: true });
	}
	// As the build writes it, in its file and in the page that asks for it.
	const [list, decode] = ['extras.json', 'decode/index.html'].map((name) => join(folder, name));
	const inPage = (json: string) => JSON.stringify(json).slice(1, -1);
	const [before, after] = [readFileSync(list!, 'utf8'), JSON.stringify(extras)];
	const html = readFileSync(decode!, 'utf8');
	expect(html).toContain(inPage(before));
	writeFileSync(decode!, html.replaceAll(inPage(before), inPage(after)));
	writeFileSync(list!, after);

	const server = await servePlainly(folder);
	const context = await browser.newContext({ serviceWorkers: 'allow', baseURL: server.origin });
	const page = await context.newPage();
	await firstVisit(page, '/decode/?d=eagle3&max=8');
	const footer = page.getByRole('contentinfo');
	await expect(footer.getByText(/^The site works without a network \(.* MB kept/)).toBeVisible();
	await footer.getByText('The model too?').click();
	await footer.getByRole('button', { name: /^Make it available offline/ }).click();
	await expect(footer.getByText(/^The live decoder works without a network too/)).toBeVisible({
		timeout: 60_000
	});
	server.up = false;
	await context.setOffline(true);
	await page.goto('/decode/?d=eagle3&max=8');
	await page.getByRole('button', { name: /^Start/ }).click();
	await expect(page.getByText('Model ready')).toBeVisible({ timeout: 60_000 });
	await ask(page, 'Go.');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByTestId('sentence')).toContainText('reached the length that was set');
	await context.close();
	server.close();
	rmSync(folder, { recursive: true });
});
