import { expect, type Page } from '@playwright/test';
import { answering, ask, complaints, test } from './page.ts';

/** The real model without WebGPU: what a visitor without a GPU meets. One browser context for all, as one visitor. */
test.describe.configure({ mode: 'serial' });

let page: Page;
let heard: ReturnType<typeof complaints>;

test.beforeAll(async ({ browser }) => {
	page = answering(await browser.newPage());
	heard = complaints(page);
	await page.goto('/decode/?k=4&max=24');
});
test.afterAll(() => page.close());

test('asks before it downloads, says how much, and can be paused and resumed', async () => {
	await expect(page.getByText(/^To run your own prompts, .*92\.\d MB/)).toBeVisible();
	// The last part waits until the pause, however fast the rest comes.
	let paused!: () => void;
	const pause = new Promise<void>((resolve) => (paused = resolve));
	await page.route(/weights\.02\.bin$/, async (route) => {
		await pause;
		await route.continue().catch(() => undefined);
	});
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await expect(page.getByRole('progressbar', { name: 'Download of the model' })).toBeVisible();
	await page.getByRole('button', { name: 'Pause' }).click();
	paused();
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
	const other = answering(await browser.newPage());
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
