import { expect } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { defaults, type Session } from '../../engine/decode/index.ts';
import { answering, complaints, test, views } from './page.ts';

/** Without WebGPU and before any model: the page replays what this engine recorded. */
const gravity = JSON.parse(readFileSync('static/sessions/gravity.json', 'utf8')) as Session;
const last = gravity.steps.length - 1;
/** A step in which the AR half corrected a draft, and the block that became the next drafts. */
const corrected = gravity.steps.findIndex(({ next }) => next?.first === 'correction');
const { block } = gravity.steps[corrected]!.next!;

test('the page is never empty: a recorded run, before any click', async ({ page }) => {
	const heard = complaints(page);
	await page.goto('/decode/');
	await expect(page.getByText('recorded', { exact: true })).toBeVisible();
	await expect(page.getByTestId('sentence')).toContainText(/Accepted \d of 8 drafts/);
	await expect(page.locator('.tile.draft')).toHaveCount(8);
	await expect(page.locator('.tile.mask')).toHaveCount(64);
	heard.expectNone();
});

test('without JavaScript the first frame and the answer are there', async ({ browser }) => {
	const page = await browser.newPage({ javaScriptEnabled: false });
	await page.goto('/decode/');
	await expect(page.locator('.tile.mask')).toHaveCount(64);
	await page.close();
});

test('a recorded session replays to the same text', async ({ page }) => {
	await page.goto('/decode/');
	await page.getByRole('slider', { name: 'Step' }).press('End');
	const passages = await page.locator('.answer .passage').allTextContents();
	expect(passages.join('')).toBe(gravity.text);
});

test('a step back restores the very same view', async ({ page }) => {
	await page.goto('/decode/?step=3');
	await expect(page.getByText(`step 3 / ${last}`)).toBeVisible();
	const before = await views(page);
	await page.getByRole('button', { name: 'One step forward' }).click();
	await expect(page.getByText(`step 4 / ${last}`)).toBeVisible();
	expect(await views(page)).not.toBe(before);
	await page.getByRole('button', { name: 'One step back' }).click();
	await expect.poll(() => views(page)).toBe(before);
});

test('keys: step, play, ends, help', async ({ page }) => {
	await page.goto('/decode/?step=5');
	await expect(page.getByText(`step 5 / ${last}`)).toBeVisible();
	await page.keyboard.press('ArrowLeft');
	await expect(page.getByText(`step 4 / ${last}`)).toBeVisible();
	await page.keyboard.press('End');
	await expect(page.getByText(`step ${last} / ${last}`)).toBeVisible();
	await page.keyboard.press('Home');
	await expect(page.getByText(`step 0 / ${last}`)).toBeVisible();
	await page.keyboard.press(' ');
	await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
	// Whichever step is on by the time it is looked at.
	await expect(page.getByText(new RegExp(`^step [1-9]\\d* / ${last}$`))).toBeVisible();
	await page.keyboard.press(' ');
	await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toBeHidden();
});

test('every decoder in the same views, and the story of a token by mouse and by keys', async ({
	page
}) => {
	const heard = complaints(page);
	await page.goto('/decode/?session=gravity-tree&step=4');
	await expect(page.getByTestId('sentence')).toContainText(/^Tested \d+ candidates in one pass/);
	await expect(page.locator('.branches path').first()).toBeAttached();
	const story = page.getByRole('region', { name: 'How this token came about' });
	await page.locator('[data-token]').nth(2).click();
	await expect(story).toContainText('token 3 of the answer');
	await expect(story).toContainText('Written into the answer');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	await expect(story).toContainText('token 4 of the answer');
	await story
		.getByRole('button', { name: /^step \d/ })
		.first()
		.click();
	await expect(story).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(story).toBeHidden();

	const diffusion = page.getByRole('button', { name: /\(Block diffusion\)/ });
	await diffusion.click();
	// Its file comes over the network.
	await expect(diffusion).toHaveAttribute('aria-pressed', 'true');
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.locator('.tile.canvas').first()).toBeVisible();
	await page.locator('[data-token]').first().click();
	await expect(story).toContainText(/filled it with a confidence of/);
	await expect(page.locator('[data-part=acceptance] figure')).toHaveCount(0);
	heard.expectNone();
});

test('a slot that is looked at is lit in every view', async ({ page }) => {
	await page.goto(`/decode/?step=${corrected}`);
	await page.getByRole('button', { name: new RegExp(`, block ${block}, mask 1`) }).hover();
	await expect(page.locator('.tile.mask.unlit').first()).toBeVisible();
	await expect(page.locator('.why')).toContainText(`mask 1 of block ${block}`);
	await expect(page.locator('.role')).toContainText(`block ${block}, mask 1`);
});

test('the legend shows the tiles of one fate alone', async ({ page }) => {
	await page.goto(`/decode/?step=${corrected}`);
	const accepted = gravity.steps[corrected]!.emitted.length;
	const legend = page.getByRole('group', { name: /^What became of the slots/ });
	await legend.getByRole('button', { name: `accepted ${accepted}` }).click();
	await expect(page.locator('.tile.draft:not(.unlit)')).toHaveCount(accepted);
	await expect(page.locator('.tile.mask:not(.unlit)')).toHaveCount(0);
	await legend.getByRole('button', { name: `accepted ${accepted}` }).click();
	await expect(page.locator('.tile.unlit')).toHaveCount(0);
});

test('a recorded pair runs on one clock and ends with the same text', async ({ page }) => {
	await page.goto('/decode/');
	await page.getByRole('button', { name: /\(AR and TiDAR\)/ }).click();
	await expect(page.getByText(/Both on one clock/)).toBeVisible();
	await expect(page.getByText(/made one after the other/)).toBeVisible();
	await page.getByRole('slider', { name: 'Step' }).press('End');
	await expect(page.getByText('Same text, token for token.')).toBeVisible();
});

test('a link reproduces settings, run and step; what it cannot have is said', async ({ page }) => {
	await page.goto('/decode/?session=sky&step=4&k=99&t=0.7');
	await expect(page.getByText('The link asked for k = 99; taken is 16.')).toBeVisible();
	await expect(page.getByText('Why is the sky blue?').last()).toBeVisible();
	await expect(page.getByText(/^step 4 \//)).toBeVisible();
	await expect(page.locator('summary', { hasText: 'Settings' })).toContainText('k = 16');
	await expect(page).toHaveURL(/k=16/);
	await page.goto('/decode/?session=../nothing');
	await expect(page.getByText('a recorded run, ../nothing, that this')).toBeVisible();
	await page.goto('/decode/?session=nothing&step=9999');
	await expect(page.getByText(/recorded run, nothing, that this site does not have/)).toBeVisible();
	await expect(
		page.getByText(`The link asked for step 9999; this run ends at step ${last}`)
	).toBeVisible();
});

test('the language switch keeps the place', async ({ page }) => {
	await page.goto('/decode/?session=sky&step=4');
	await expect(page.getByText(/^step 4 \//)).toBeVisible();
	await page.getByRole('link', { name: '中文' }).click();
	await expect(page).toHaveURL(/\/zh\/decode\/\?session=sky&step=4/);
	await expect(page.getByText(/^第 4 \//)).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh');
});

test('a session saved can be opened; another file is refused with a sentence', async ({ page }) => {
	await page.goto('/decode/');
	const waiting = page.waitForEvent('download');
	await page.getByRole('button', { name: 'session (JSON)' }).click();
	const file = await (await waiting).path();
	// Settings that came after the recording have their defaults.
	const settings = { ...defaults, ...gravity.settings };
	expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...gravity, settings });
	const input = page.locator('input[type=file]');
	await input.setInputFiles({
		name: 'x.json',
		mimeType: 'application/json',
		buffer: Buffer.from('{}')
	});
	await expect(page.getByRole('alert')).toContainText('x.json: this is not a whole session');
	await input.setInputFiles({
		name: 'mine.json',
		mimeType: 'application/json',
		buffer: readFileSync('static/sessions/sky.json')
	});
	await expect(page.getByText('Why is the sky blue?').last()).toBeVisible();
	await expect(page.getByRole('alert')).toBeHidden();
});

test('table and pictures can be taken away', async ({ page }) => {
	await page.goto('/decode/?step=2');
	for (const [name, start] of [
		['steps (CSV)', 'step,kind,start'],
		['this step (SVG)', '<svg xmlns'],
		['this step (PNG)', '\x89PNG'],
		['times (Perfetto trace)', '{"']
	] as const) {
		const waiting = page.waitForEvent('download');
		await page.getByRole('button', { name }).click();
		const bytes = readFileSync(await (await waiting).path());
		expect(bytes.toString('latin1').startsWith(start)).toBe(true);
	}
});

test('reduced motion cuts to the next step; the first page stands still', async ({ browser }) => {
	const page = answering(await browser.newPage({ reducedMotion: 'reduce' }));
	await page.goto('/decode/?step=2');
	await expect(page.getByText(`step 2 / ${last}`)).toBeVisible();
	await page.getByRole('button', { name: 'One step forward' }).click();
	await expect(page.locator('.strip')).toHaveAttribute('data-phase', 'rest');
	await expect(page.getByText(`step 3 / ${last}`)).toBeVisible();
	await page.goto('/');
	// The timeline at the top, and the strip.
	await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(2);
	await page.close();
});
