import { expect, test } from '@playwright/test';
import { ask, complaints, startModel, views } from './page.ts';

test('the real model on WebGPU: load, 24 tokens, regions, one step back and forth', async ({
	page
}) => {
	const heard = complaints(page);
	await page.goto('/decode/?k=4&max=24&on=webgpu');
	await startModel(page);
	await expect(page.getByText(/WebGPU, .*float32/).first()).toBeVisible();

	await ask(page, 'What is gravity?');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByText(/^24 tokens in \d+ passes$/)).toBeVisible();

	// The regions of a TiDAR step, all at once.
	const stage = page.locator('.stage');
	await page.getByRole('button', { name: /one step back/i }).click();
	await expect(stage.getByText(/^prefix/)).toBeVisible();
	await expect(stage.getByText('drafts', { exact: true })).toBeVisible();
	for (let block = 1; block <= 4; block++)
		await expect(stage.getByText(new RegExp(`^block ${block}`))).toBeVisible();

	const before = await views(page);
	await page.getByRole('button', { name: /one step back/i }).click();
	expect(await views(page)).not.toBe(before);
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect.poll(() => views(page)).toBe(before);
	heard.expectNone();
});
