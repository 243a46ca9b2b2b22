import { readFile } from 'node:fs/promises';
import { expect } from '@playwright/test';
import { complaints, serveCompanions, serveTinyModel, test } from './page.ts';

test('a recorded race: lanes, clock, GPU, link, file', async ({ page }) => {
	const heard = complaints(page);
	await page.goto('/race/?lanes=ar,tidar,tidar-tree');
	const lanes = page.locator('article.lane');
	await expect(lanes).toHaveCount(3);
	await expect(lanes.first()).toContainText('Gravity');
	await expect(page.getByText('All lanes wrote the same text')).toBeVisible();
	const speeds = await lanes.locator('header p').allInnerTexts();

	// By hand to the start, and a step on by keys.
	const time = page.getByRole('slider', { name: 'Time of the race' });
	await time.focus();
	await page.keyboard.press('Home');
	await expect(lanes.first().locator('header p')).toHaveText('0 tokens');
	for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
	await expect(lanes.first().locator('header p')).not.toHaveText('0 tokens');

	await page.getByRole('combobox', { name: /^GPU(?!s)/ }).selectOption('GeForce RTX 4090');
	await expect(page.getByText(/simulated for Qwen3 8B on GeForce RTX 4090/)).toBeVisible();
	await expect(page).toHaveURL(/gpu=rtx-4090/);
	await expect(lanes.first().locator('header p')).not.toHaveText(speeds[0]!);
	await page.getByLabel('as measured').check();
	await expect(page.getByText(/On a processor slots are not free/)).toBeVisible();
	await expect(page).toHaveURL(/on=measured/);
	await page.reload();
	await expect(page.getByLabel('as measured')).toBeChecked();

	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'race (JSON)' }).click()
	]);
	const saved = await readFile(await download.path());
	const open = page.locator('input[type=file]');
	await open.setInputFiles({
		name: 'broken.json',
		mimeType: 'application/json',
		buffer: saved.subarray(0, 500)
	});
	await expect(page.getByRole('alert')).toContainText('is not JSON');
	await open.setInputFiles({ name: 'race.json', mimeType: 'application/json', buffer: saved });
	await expect(page.getByRole('alert')).toHaveCount(0);
	// A file brings its lanes.
	await expect(lanes).toHaveCount(5);
	heard.expectNone();
});

test('a race on this device, every decoder that needs no weights of its own', async ({ page }) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await page.goto('/race/?runs=3');
	await page.getByLabel('Your prompt').fill('Go.');
	await page.getByRole('button', { name: 'Race', exact: true }).click();
	await expect(page.getByText('live', { exact: true })).toBeVisible({ timeout: 120_000 });
	await expect(page.locator('article.lane')).toHaveCount(5);
	// Four of them write the same, whatever the weights.
	await expect(page.getByRole('cell', { name: 'the same, token for token' })).toHaveCount(3);
	await expect(page.getByRole('cell', { name: /^3: .+ to / })).toHaveCount(5);
	await expect(page.getByRole('columnheader', { name: /^perplexity/ })).toBeVisible();
	heard.expectNone();
});

test('lanes of decoders with weights of their own are there when the site lists them, and else it says so', async ({
	page
}) => {
	const heard = complaints(page);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await page.goto('/race/');
	const names = { eagle3: 'EAGLE-3', llada: 'LLaDA', dream: 'Dream' };
	const listed = JSON.parse(await readFile('static/models/companions.json', 'utf8'));
	for (const [decoder, name] of Object.entries(names)) {
		const here = Number(listed[decoder] !== null);
		await expect(page.getByRole('checkbox', { name: new RegExp(`^${name}`) })).toHaveCount(here);
		const missing = page.getByText(new RegExp(`no weights for them yet: .*${name}`));
		await expect(missing).toHaveCount(1 - here);
	}

	await serveCompanions(page);
	await page.goto('/');
	await page.getByRole('banner').getByRole('link', { name: 'Race' }).click();
	await expect(page.getByRole('checkbox', { name: /^EAGLE-3/ })).toBeVisible();
	await expect(page.getByText(/no weights for them yet/)).toHaveCount(0);
	for (const name of [/^Block diffusion/, /^TiDAR with/, /^Speculative/])
		await page.getByRole('checkbox', { name }).uncheck();
	for (const name of [/^EAGLE-3/, /^LLaDA/, /^Dream/])
		await page.getByRole('checkbox', { name }).check();
	await page.getByLabel('Your prompt').fill('Go.');
	await page.getByRole('button', { name: 'Race', exact: true }).click();
	await expect(page.getByText('live', { exact: true })).toBeVisible({ timeout: 120_000 });
	const lanes = page.locator('article.lane');
	await expect(lanes.getByRole('heading')).toHaveText([
		'Autoregressive',
		'EAGLE-3, γ = 4',
		'LLaDA, 1 a pass',
		'Dream, 1 a pass',
		'TiDAR, k = 8'
	]);
	const text = (lane: string) => page.getByRole('row', { name: lane }).getByRole('cell').last();
	await expect(text('EAGLE-3')).toHaveText('the same, token for token');
	await expect(text('TiDAR')).toHaveText('the same, token for token');
	heard.expectNone();
});
