import { expect, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { parseTrace } from '../../engine/timeline/index.ts';
import { answering, complaints, test } from './page.ts';

/** The drawing, once the page listens: before that, keys and clicks are lost. */
const drawing = (page: Page) => page.locator('[role=application][aria-busy=false]');
const arrive = async (page: Page, path: string) => {
	await page.goto(path);
	await expect(drawing(page)).toBeVisible();
};
/** What the address says once it has followed. */
const query = (page: Page, name: string) =>
	expect.poll(() => new URL(page.url()).searchParams.get(name));

test('plays, zooms and selects by keys; the link brings it all back', async ({ page }) => {
	const heard = complaints(page);
	await arrive(page, '/timeline/');
	await expect(drawing(page)).toHaveAccessibleName(/AR|ways of writing/);
	await expect(page.getByTestId('finish')).toContainText('TiDAR');
	await drawing(page).focus();
	await page.keyboard.press('w');
	await query(page, 't').toMatch(/^[\d.]+-[\d.]+$/);
	await page.keyboard.press('.');
	await expect(page.getByTestId('details')).toContainText('Start');
	await query(page, 'sel').toMatch(/^0\.\d+$/);
	const first = await page.getByTestId('details').innerText();
	await page.keyboard.press('ArrowDown');
	await expect(page.getByTestId('details')).not.toHaveText(first);
	await page.keyboard.press('r');
	await expect(page.getByTestId('details')).toContainText('Busy');
	await page.keyboard.press('m');
	await expect(page.getByRole('textbox', { name: 'Name of the mark' })).toHaveValue('A');
	await page.keyboard.press(' ');
	await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
	await page.keyboard.press(' ');
	await query(page, 'at').not.toBeNull();
	await query(page, 'marks').toContain('A');
	const details = await page.getByTestId('details').innerText();
	await page.reload();
	await expect(drawing(page)).toBeVisible();
	await expect(page.getByTestId('details')).toContainText('Busy');
	expect(await page.getByTestId('details').innerText()).toBe(details);
	await page.keyboard.press('Escape');
	await expect(page.getByTestId('details')).toContainText('Click a bar');
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
	heard.expectNone();
});

test('presets, settings and measured traces', async ({ page }) => {
	await arrive(page, '/timeline/');
	await page.getByRole('button', { name: 'Four ways of decoding' }).click();
	await expect(page.getByTestId('finish').getByRole('row')).toHaveCount(5);
	await page.getByRole('button', { name: /The article/ }).click();
	await expect(page.getByText(/would need 141 GB/)).toBeVisible();
	await page.getByText('Settings of the simulation').click();
	await page.getByLabel('Model', { exact: true }).selectOption('smollm2-135m');
	await expect(page.getByText(/would need/)).toBeHidden();
	await page.getByLabel('Measured on an H100').selectOption('h100-qwen3-8b-1');
	await expect(page.getByText(/the whole pass differs by \+1\.4 %/)).toBeVisible();
	await expect(page).toHaveURL(/measured=h100-qwen3-8b-1/);
	await page.getByLabel('Recorded, or a file').selectOption('gravity');
	await expect(page.getByText(/WebAssembly ran it/).first()).toBeVisible();
});

test('out as a trace and as pictures; the trace comes back in, a hostile file does not', async ({
	page
}) => {
	await arrive(page, '/timeline/?p=browser&tokens=4');
	const download = async (name: string) => {
		const waiting = page.waitForEvent('download');
		await page.getByRole('button', { name }).click();
		return readFileSync(await (await waiting).path());
	};
	const trace = await download('trace for Perfetto (JSON)');
	const parsed = parseTrace(trace.toString());
	expect(parsed.ok && parsed.runs.length).toBe(2);
	expect((await download('picture (SVG)')).toString()).toMatch(/^<svg xmlns/);
	expect((await download('picture (PNG)')).toString('latin1').slice(1, 4)).toBe('PNG');
	const input = page.locator('input[type=file]');
	await input.setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: trace });
	await expect(page.getByText('mine.json').first()).toBeVisible();
	await expect(page.getByTestId('finish')).toContainText('TiDAR');
	const hostile = Buffer.from(
		'{"traceEvents":[{"ph":"X","ts":-1e99},{"ph":"X","ts":"x","dur":[]}]}'
	);
	await input.setInputFiles({ name: 'bad.json', mimeType: 'application/json', buffer: hostile });
	await expect(page.getByRole('alert')).toContainText('bad.json: none of its 2 events');
	await expect(page.getByTestId('finish')).toContainText('TiDAR');
});

test('a link that asks for what there is not is told', async ({ page }) => {
	await page.goto('/timeline/?gpu=h900&k=99&measured=none-such');
	await expect(page.getByText('The link asked for k = 99; taken is 16.')).toBeVisible();
	await expect(page.getByText(/none-such could not be loaded/)).toBeVisible();
});

test('the hero moves at first, its slider fills the lane, and it stands still where asked to', async ({
	browser,
	page
}) => {
	await page.goto('/');
	const idle = page.getByTestId('hero-idle');
	await expect(idle).toHaveText('99.7 % idle');
	const hero = page.locator('.hero');
	await expect(hero.getByRole('button', { name: 'Pause' })).toBeVisible();
	await hero.getByRole('slider', { name: 'Token slots a pass' }).press('End');
	await expect(hero.locator('.says')).toHaveText(/272 slots: a pass takes .* They are paid/);
	await expect(page).toHaveURL(/slots=272/);
	await expect(idle).toHaveText(/^2\d % idle/);
	await hero.getByRole('button', { name: 'Pause' }).click();
	await expect(hero.getByRole('button', { name: 'Play' })).toBeVisible();
	const still = answering(await browser.newPage({ reducedMotion: 'reduce' }));
	await still.goto('/?slots=72');
	await expect(still.locator('.hero .says')).toHaveText(/72 slots: a pass/);
	await expect(still.locator('.hero').getByRole('button', { name: 'Play' })).toBeVisible();
	await still.close();
});

test('without scripts: a still picture, and what it would do', async ({ browser }) => {
	const page = await browser.newPage({ javaScriptEnabled: false });
	await page.goto('/timeline/');
	await expect(page.getByText(/^Without JavaScript this is a still picture/)).toBeVisible();
	const box = (await page.locator('[role=application] svg').boundingBox())!;
	expect(box.height).toBeGreaterThan(200);
	expect(await page.locator('[role=application] svg rect').count()).toBeGreaterThan(200);
	await page.close();
});

test.describe('at 360 px', () => {
	test.use({ viewport: { width: 360, height: 740 } });
	test('fits, unfolded', async ({ page }) => {
		for (const path of ['/timeline/?p=ways', '/zh/timeline/?measured=h100-qwen3-8b-1']) {
			await arrive(page, path);
			for (const summary of await page.locator('summary').all()) await summary.click();
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			expect(wide).toBeLessThanOrEqual(360);
		}
	});
});
