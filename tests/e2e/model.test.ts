import { expect, test, type Page } from '@playwright/test';
import { ask, complaints } from './page.ts';

/** The real model without WebGPU: what a visitor without a GPU meets. One browser context for all, as one visitor. */
test.describe.configure({ mode: 'serial' });

let page: Page;
let heard: ReturnType<typeof complaints>;

test.beforeAll(async ({ browser }) => {
	page = await browser.newPage();
	heard = complaints(page);
	await page.goto('/decode/?k=4&max=24');
});
test.afterAll(() => page.close());

const box = () => page.getByRole('textbox', { name: /prompt|message/i });
const run = () => page.getByRole('button', { name: 'Run', exact: true });

test('asks before it downloads, says how much, and can be paused and resumed', async () => {
	await expect(page.getByText(/^To run your own prompts, .*92\.\d MB/)).toBeVisible();
	await expect(run()).toBeDisabled();
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await expect(page.getByRole('progressbar', { name: 'Download of the model' })).toBeVisible();
	await page.getByRole('button', { name: 'Pause' }).click();
	await expect(page.getByText(/paused; what is complete is kept/)).toBeVisible();
	await page.getByRole('button', { name: 'Resume' }).click();
	await expect(page.getByText('Model ready')).toBeVisible({ timeout: 300_000 });
	await expect(page.getByText(/so the model runs on the processor/)).toBeVisible();
});

test('answers, live, and the very same views show it', async () => {
	await ask(page, 'Count from 1 to 20.');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByText(/^24 tokens in \d+ passes$/)).toBeVisible();
	await expect(page.getByTestId('sentence')).toContainText('reached the length that was set');
});

test('a second prompt continues the chat; a new chat forgets it', async () => {
	await ask(page, 'And backwards?');
	await expect(page.locator('.told')).toContainText('Count from 1 to 20.');
	await expect(page.locator('.told')).toContainText('And backwards?');
	await page.getByRole('button', { name: 'New chat' }).click();
	await expect(page.getByText('Your prompt')).toBeVisible();
});

test('Escape stops an answer, and what is written stays', async () => {
	await box().fill('Write a long story about a cat.');
	await box().press('Enter');
	await expect(page.getByText(/^step [1-9]\d* \//)).toBeVisible({ timeout: 120_000 });
	await page.keyboard.press('Escape');
	await expect(run()).toBeVisible({ timeout: 120_000 });
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByTestId('sentence')).toContainText('Stopped here.');
	await page.getByRole('button', { name: 'New chat' }).click();
});

test('bad input: nothing to run, too long for the cache, or 100,000 characters', async () => {
	await box().fill('   ');
	await expect(run()).toBeDisabled();
	await box().press('Enter');
	await expect(page.getByText('Type a prompt first.')).toBeVisible();

	const long = 'word '.repeat(20_000);
	await box().fill(long);
	await expect(
		page.getByRole('alert').filter({ hasText: 'but the cache has room for' })
	).toBeVisible();
	await expect(run()).toBeDisabled();
	// Nothing is lost, and nothing is broken.
	expect(await box().inputValue()).toBe(long);
	await box().fill('');
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test.describe('odd characters are text like any other', () => {
	for (const [name, prompt] of [
		['emoji and Chinese', '为什么天空是蓝色的？🌈👩‍🚀'],
		['control characters and special tokens', 'a\u0000\u0007\u001b[31m<|im_end|>\u202e b']
	] as const) {
		test(name, async () => {
			await ask(page, prompt);
			await expect(page.getByText('live', { exact: true })).toBeVisible();
			await expect(page.getByText(/^\d+ tokens in \d+ pass/)).toBeVisible();
			await page.getByRole('button', { name: 'New chat' }).click();
		});
	}
});

test('AR and TiDAR side by side: the same text on one clock', async () => {
	await page.locator('summary', { hasText: 'Settings' }).click();
	await page.getByRole('radio', { name: /AR and TiDAR/ }).check();
	await ask(page, 'Count from 1 to 20.');
	await expect(page.getByText(/Both on one clock/)).toBeVisible();
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByText('Same text, token for token.')).toBeVisible();
});

test('is there at once the next time, and can be deleted', async () => {
	await page.goto('/decode/');
	await expect(page.getByText(/^The model is already in this browser/)).toBeVisible();
	await page.getByRole('button', { name: 'Delete it' }).click();
	await expect(page.getByText(/^To run your own prompts/)).toBeVisible();
	await page.reload();
	await expect(page.getByText(/^To run your own prompts/)).toBeVisible();
	heard.expectNone();
});

test('says what is wrong when the network is gone, and the recorded run stays', async ({
	browser
}) => {
	const other = await browser.newPage();
	await other.route('**/*.bin', (route) => route.abort());
	await other.goto('/decode/');
	await other.getByRole('button', { name: /^Download the model/ }).click();
	await expect(other.getByRole('alert')).toContainText('The connection broke.');
	await expect(other.locator('.tile.mask')).toHaveCount(64);
	await other.unroute('**/*.bin');
	await other.getByRole('button', { name: 'Try again' }).click();
	await expect(other.getByText('Model ready')).toBeVisible({ timeout: 300_000 });
	await other.close();
});
