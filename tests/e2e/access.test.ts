import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { complaints, test } from './page.ts';

/** Opens everything that can be unfolded. */
async function unfold(page: Page) {
	await expect(page.locator('.tile').first()).toBeVisible();
	for (const summary of await page.locator('summary').all()) await summary.click();
}

for (const colorScheme of ['light', 'dark'] as const) {
	test.describe(colorScheme, () => {
		test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });
		for (const path of ['/', '/decode/', '/zh/', '/zh/decode/']) {
			test(`axe finds nothing on ${path}`, async ({ page }) => {
				const heard = complaints(page);
				await page.goto(path);
				await unfold(page);
				const { violations } = await new AxeBuilder({ page }).analyze();
				const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
				expect(found).toEqual([]);
				heard.expectNone();
			});
		}
	});
}

test.describe('at 360 px', () => {
	test.use({ viewport: { width: 360, height: 740 } });
	for (const path of ['/', '/decode/', '/zh/decode/']) {
		test(`${path} fits`, async ({ page }) => {
			await page.goto(path);
			await unfold(page);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			expect(wide).toBeLessThanOrEqual(360);
		});
	}
});

test('Tab reaches the prompt, the player, the strip and the mask, with a ring round each', async ({
	page
}) => {
	await page.goto('/decode/');
	await expect(page.getByTestId('sentence')).not.toBeEmpty();
	const met: string[] = [];
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press('Tab');
		const [what, outline] = await page.evaluate(() => {
			const element = document.activeElement!;
			const kind =
				element.tagName === 'TEXTAREA'
					? 'prompt'
					: element.matches('.bar [type=range]')
						? 'player'
						: element.matches('.tile')
							? 'tile'
							: element.matches('svg')
								? 'mask'
								: '';
			return [kind, getComputedStyle(element).outlineStyle];
		});
		if (what && !met.includes(what)) {
			met.push(what);
			expect(outline).toBe('solid');
		}
	}
	expect(met).toEqual(['prompt', 'player', 'tile', 'mask']);
});

test('arrows walk over the strip and Enter pins a slot', async ({ page }) => {
	await page.goto('/decode/?step=2');
	await page.locator('.tile[tabindex="0"]').focus();
	const label = () => page.evaluate(() => document.activeElement!.getAttribute('aria-label'));
	await expect.poll(label).toMatch(/draft 6/);
	await page.keyboard.press('ArrowRight');
	await expect.poll(label).toMatch(/draft 7/);
	await page.keyboard.press('ArrowDown');
	await expect.poll(label).toMatch(/AR half/);
	await page.keyboard.press('ArrowDown');
	await expect.poll(label).toMatch(/block 1/);
	await page.keyboard.press('Enter');
	await expect(page.locator('.tile[aria-pressed=true]')).toHaveCount(1);
	await page.keyboard.press('Escape');
	await expect(page.locator('.tile[aria-pressed=true]')).toHaveCount(0);
	await expect(page.getByText(/^step 2 \//)).toBeVisible();
});

test('an unknown address has a page that leads back', async ({ page }) => {
	await page.goto('/nothing/here/');
	await expect(page.getByRole('heading', { name: 'There is no page here' })).toBeVisible();
	await page.getByRole('link', { name: 'To the start page' }).click();
	await expect(page).toHaveURL(/:\d+\/$/);
});
