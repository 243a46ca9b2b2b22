import { expect, type Page } from '@playwright/test';
import { answering, ask, complaints, serveTinyModel, test } from './page.ts';

/** The page around a model, with a tiny one in its place. One browser context for all, as one visitor. */
test.describe.configure({ mode: 'serial' });

let page: Page;
let heard: ReturnType<typeof complaints>;

test.beforeAll(async ({ browser }) => {
	page = answering(await browser.newPage());
	heard = complaints(page);
	await serveTinyModel(page);
	await page.goto('/decode/?k=4&max=24');
});
test.afterAll(() => page.close());

const box = () => page.getByRole('textbox', { name: /prompt|message/i });
const run = () => page.getByRole('button', { name: 'Run', exact: true });

test('a second prompt continues the chat; a new chat forgets it', async () => {
	await ask(page, 'Count from 1 to 20.');
	await ask(page, 'And backwards?');
	await expect(page.locator('.told')).toContainText('Count from 1 to 20.');
	await expect(page.locator('.told')).toContainText('And backwards?');
	await page.getByRole('button', { name: 'New chat' }).click();
	await expect(page.getByText('Your prompt')).toBeVisible();
});

test('Escape stops an answer, and what is written stays', async () => {
	await page.goto('/decode/?k=4&max=900');
	await box().fill('Go on and on.');
	await box().press('Enter');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByText(/^step [1-9]\d* \//)).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(run()).toBeVisible();
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByTestId('sentence')).toContainText('Stopped here.');
});

test('an answer goes on from an earlier step with other settings; what was written before stays', async () => {
	const answer = page.locator('.answer .passage');
	await page.getByRole('slider', { name: 'Step' }).press('Home');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowRight');
	await expect(page.getByText(/^step 2 \//)).toBeVisible();
	const begun = (await answer.allTextContents()).join('');
	await page.locator('summary', { hasText: 'Settings' }).click();
	await page.getByRole('spinbutton', { name: 'Tokens at most' }).fill('12');
	await page.getByRole('button', { name: /^Go on from this step/ }).click();
	await expect(page.locator('.answer .begun')).toHaveText(begun);
	await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden();
	await expect(page.getByText(/^12 tokens in \d+ pass/)).toBeVisible();
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
	await page.getByRole('radio', { name: /AR and TiDAR/ }).check();
	await ask(page, 'Count from 1 to 20.');
	await expect(page.getByText(/Both on one clock/)).toBeVisible();
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByText('Same text, token for token.')).toBeVisible();
});

test('a small model is brought to draft when speculative decoding is chosen', async () => {
	await page.goto('/decode/?d=speculative&gamma=3&max=16');
	await ask(page, 'Go.');
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	// The same weights draft and check here, so every draft is right: 16 tokens in 4 passes.
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByText('16 tokens in 4 passes')).toBeVisible();
});

test('nothing was complained of', () => heard.expectNone());
