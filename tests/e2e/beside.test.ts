import { expect } from '@playwright/test';
import { ask, complaints, serveCompanions, startModel, test } from './page.ts';

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
