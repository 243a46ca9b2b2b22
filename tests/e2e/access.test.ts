import { readFileSync, writeFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Session, Step } from '../../engine/decode/index.ts';
import { test } from './page.ts';
import { pageKinds } from './routes.ts';

test('forced colours: what is coloured keeps its outline or says it in words, and focus is seen', async ({
	page
}) => {
	await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
	await page.goto('/decode/?step=2');
	await expect(page.locator('.tile.mask').first()).toBeVisible();
	// The system takes backgrounds away: what remains of a tile is its border.
	const bare = await page.locator('.tile').evaluateAll((tiles) =>
		tiles
			.filter((tile) => {
				const { borderTopWidth, borderTopStyle, outlineStyle } = getComputedStyle(tile);
				return (
					(borderTopWidth === '0px' || borderTopStyle === 'none') &&
					outlineStyle === 'none' &&
					!tile.textContent?.trim()
				);
			})
			.map((tile) => tile.outerHTML.slice(0, 100))
	);
	expect(bare).toEqual([]);
	await page.locator('.tile[tabindex="0"]').focus();
	await page.keyboard.press('ArrowRight');
	const ring = await page.evaluate(() => {
		const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
		return [outlineStyle, parseFloat(outlineWidth) > 0];
	});
	expect(ring).toEqual(['solid', true]);
	// Contrast is the system's; axe reads the colours that it replaced.
	const axe = new AxeBuilder({ page }).disableRules(['color-contrast']);
	const { violations } = await axe.analyze();
	expect(violations.map(({ id }) => id)).toEqual([]);
});

/** Text in the colour of the reader's paper, which the browser puts behind it: nothing to be seen. */
function paperOnPaper(): string[] {
	const probe = document.body.appendChild(document.createElement('p'));
	probe.style.color = 'Canvas';
	const paper = getComputedStyle(probe).color;
	probe.remove();
	return Array.from(document.querySelectorAll<HTMLElement>('body *'))
		.filter((element) => {
			const written = Array.from(element.childNodes).some(
				(node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== ''
			);
			if (!written || !element.checkVisibility() || element instanceof SVGElement) return false;
			const { color, forcedColorAdjust } = getComputedStyle(element);
			return color === paper && forcedColorAdjust !== 'none';
		})
		.map((element) => element.outerHTML.slice(0, 120));
}

test('forced colours: all that is written can be read, on every kind of page', async ({ page }) => {
	await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
	const found: Record<string, string[]> = {};
	for (const path of pageKinds()) {
		await page.goto(path);
		const unseen = await page.evaluate(paperOnPaper);
		if (unseen.length > 0) found[path] = unseen;
	}
	expect(found).toEqual({});
});

test('what a screen reader meets on /decode', async ({ page }) => {
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await page.goto('/decode/?session=gravity&step=2');
	await expect(page.getByTestId('sentence')).not.toBeEmpty();
	await expect(page.getByText(/^To run your own prompts/)).toBeVisible();
	// Written anew by: UPDATE=1 npx playwright test -c tests/e2e/playwright.config.ts access -g 'screen reader'
	const golden = 'tests/fixtures/aria/decode.yml';
	const tree = await page.locator('main').ariaSnapshot();
	if (process.env.UPDATE) writeFileSync(golden, `${tree}\n`);
	expect(`${tree}\n`).toBe(readFileSync(golden, 'utf8'));
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
	// A step of the recording in which a draft was rejected that is not the last one.
	const { steps } = JSON.parse(readFileSync('static/sessions/gravity.json', 'utf8')) as Session;
	const rejected = (step: Step) =>
		step.verdicts.find(({ accepted }) => !accepted)?.draft ?? Infinity;
	const at = steps.findIndex((step) => rejected(step) < step.layout.parents.length);
	const draft = rejected(steps[at]!);
	await page.goto(`/decode/?step=${at}`);
	await page.locator('.tile[tabindex="0"]').focus();
	const label = () => page.evaluate(() => document.activeElement!.getAttribute('aria-label'));
	await expect.poll(label).toContain(`draft ${draft},`);
	await page.keyboard.press('ArrowRight');
	await expect.poll(label).toContain(`draft ${draft + 1},`);
	await page.keyboard.press('ArrowDown');
	await expect.poll(label).toMatch(/AR half/);
	await page.keyboard.press('ArrowDown');
	await expect.poll(label).toMatch(/block 1/);
	await page.keyboard.press('Enter');
	await expect(page.locator('.tile[aria-pressed=true]')).toHaveCount(1);
	await page.keyboard.press('Escape');
	await expect(page.locator('.tile[aria-pressed=true]')).toHaveCount(0);
	await expect(page.getByText(`step ${at} / ${steps.length - 1}`)).toBeVisible();
});

test('an unknown address has a page that leads back', async ({ page }) => {
	await page.goto('/nothing/here/');
	await expect(page.getByRole('heading', { name: 'There is no page here' })).toBeVisible();
	await page.getByRole('link', { name: 'To the start page' }).click();
	await expect(page).toHaveURL(/:\d+\/$/);
});
