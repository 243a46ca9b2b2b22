import { expect, type Page } from '@playwright/test';

/** Collects what the page complains about; `expectNone` fails with it. */
export function complaints(page: Page) {
	const heard: string[] = [];
	page.on('pageerror', (error) => heard.push(`uncaught: ${error.message}`));
	page.on('console', (message) => {
		if (message.type() === 'error') heard.push(`console: ${message.text()}`);
	});
	return { expectNone: () => expect(heard).toEqual([]) };
}

/** Downloads and starts the model, as a visitor does. */
export async function startModel(page: Page): Promise<void> {
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await expect(page.getByText('Model ready')).toBeVisible({ timeout: 300_000 });
}

/** Asks, and waits until the answer is complete. */
export async function ask(page: Page, prompt: string): Promise<void> {
	await page.getByRole('textbox', { name: /prompt|message/i }).fill(prompt);
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden({ timeout: 400_000 });
}

/** What every view shows, as text: two equal strings are the same view. */
export const views = (page: Page): Promise<string> =>
	page
		.locator('.stage, .views')
		.allInnerTexts()
		.then((texts) => texts.join('\n'));
