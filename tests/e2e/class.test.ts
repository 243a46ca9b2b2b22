import { expect, type Page } from '@playwright/test';
import { packLecture, unpackLecture } from '../../src/lib/present/lecture.ts';
import { answering, answers, axeFinds, complaints, serveTinyModel, test } from './page.ts';

/** Measure, present, share: what a teacher and a class need. */

/** What the audience sees: the next address is loaded behind it, and takes its place when it is there. */
const seenFrame = (watch: Page) => watch.frameLocator('iframe:not(.behind)');

test('/measure on a processor: small tests, then the model, a sentence, a link that shows it elsewhere', async ({
	page,
	browser
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	await page.goto('/measure/');
	await page.getByRole('button', { name: 'Measure this device' }).click();
	await expect(page.getByText('Copy in memory, one thread')).toBeVisible();
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await expect(page.locator('[data-phase=done]')).toBeVisible({ timeout: 120_000 });
	const finding = page.getByTestId('finding');
	await expect(finding).toContainText(/On this processor 20 slots (cost|take)/);
	await page.getByText('As a table').click();
	await expect(page.getByRole('row', { name: /^272 16/ })).toBeVisible();
	await expect(page).toHaveURL(/[?&]r=1/);
	const [file] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'CSV', exact: true }).click()
	]);
	expect(file.suggestedFilename()).toMatch(/^slots-.*\.csv$/);
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		expect(await axeFinds(page)).toEqual([]);
	}
	await page.setViewportSize({ width: 360, height: 740 });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThan(361);

	// The same browser remembers it; another shows it from the link, and says whose it is.
	const sentence = await finding.locator('.first').innerText();
	await page.goto('/measure/');
	await expect(finding.locator('.first')).toHaveText(sentence);
	await expect(page).toHaveURL(/[?&]r=1/);
	const link = page.url();
	const context = await browser.newContext();
	const other = answering(await context.newPage());
	await other.goto(link);
	await expect(other.getByTestId('finding').locator('.first')).toHaveText(sentence);
	await expect(other.getByText('from a link or file')).toBeVisible();
	await other.goto('/measure/?r=1nonsense&on=gpu');
	await expect(other.getByText(/^The link holds no measurement/)).toBeVisible();
	await expect(other.getByText(/on = gpu; taken is auto/)).toBeVisible();
	await context.close();
	heard.expectNone();
});

test('/measure can be stopped and keeps what it has', async ({ page }) => {
	await page.goto('/measure/?on=wasm');
	await page.getByRole('button', { name: 'Measure this device' }).click();
	await expect(page.getByText('The small tests are done.', { exact: false })).toBeVisible();
	await expect(page.getByText(/^Only the small tests are done/)).toBeVisible();
});

test('/present: two windows in step, by clicker; black, frozen, tally, answer', async ({
	page,
	context
}) => {
	const heard = complaints(page);
	await page.goto('/present/');
	expect(await axeFinds(page)).toEqual([]);
	await page.getByRole('button', { name: 'Give the lecture' }).click();
	const watch = answering(await context.newPage());
	await watch.goto('/present/?audience');
	const seen = watch.locator('.watch');
	await expect(seen).toHaveAttribute('data-scene', '1');
	const frame = seenFrame(watch);
	await expect(frame.getByRole('heading', { level: 1 })).toBeVisible();
	await Promise.all([answers(page.frameLocator('iframe')), answers(frame)]);
	await expect(frame.locator('body header').first()).toBeHidden();

	// What is changed in the teacher's page is changed in the audience's.
	const slider = page.frameLocator('iframe').getByRole('slider').first();
	await slider.focus();
	await slider.press('End');
	await expect(frame.getByRole('slider').first()).not.toHaveValue('1');

	// A clicker's key, with the focus inside the figure.
	await slider.press('PageDown');
	await expect(seen).toHaveAttribute('data-scene', '2');
	await page.getByRole('spinbutton').first().fill('12');
	await expect(seen.getByText('12', { exact: true })).toBeVisible();
	await expect(seen.getByText(/^Measured: /)).toBeHidden();
	await page.keyboard.press('PageDown');
	await expect(seen.getByText(/^Measured: /)).toBeVisible();
	await expect(seen).toHaveAttribute('data-scene', '2');

	await page.getByRole('timer').click();
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await page.keyboard.press('PageDown');
	await expect(page.locator('.console')).toHaveAttribute('data-scene', '3');
	await expect(seen).toHaveAttribute('data-scene', '2');
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await expect(seen).toHaveAttribute('data-scene', '3');
	await page.keyboard.press('b');
	await expect(seen).toHaveAttribute('data-black', 'true');
	await page.keyboard.press('PageDown');
	await expect(seen).toHaveAttribute('data-black', 'false');
	await expect(page).toHaveURL(/give=?&scene=3/);
	for (const one of [page, watch]) {
		await one.setViewportSize({ width: 360, height: 740 });
		expect(await one.evaluate(() => document.documentElement.scrollWidth)).toBeLessThan(361);
	}
	await page.getByRole('button', { name: 'End', exact: true }).click();
	await expect(watch.getByText('The lecture was ended in the other window.')).toBeVisible();
	heard.expectNone();
});

test('/present: an answer written in the teacher’s window is in the audience’s, step by step', async ({
	page,
	context
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	const scene = {
		kind: 'page',
		title: 'Live',
		notes: '',
		minutes: 5,
		hide: [] as string[]
	} as const;
	const link = packLecture({
		format: 'tidar-lecture',
		version: 1,
		title: 'Live',
		scenes: [{ ...scene, path: '/decode/?k=4&max=24&on=wasm' }]
	});
	await page.goto(`/present/?give#l=${link}`);
	const watch = answering(await context.newPage());
	await watch.goto('/present/?audience');
	const teacher = page.frameLocator('iframe');
	const frame = seenFrame(watch);
	// What the frames show, and at which step.
	const shown = (of: typeof frame) => of.locator('.stage').innerText();
	const same = () =>
		expect(async () => expect(await shown(frame)).toBe(await shown(teacher))).toPass();
	await Promise.all([answers(teacher), answers(frame)]);
	await teacher.getByRole('button', { name: /^Download the model/ }).click();
	await expect(teacher.getByText('Model ready')).toBeVisible();
	await teacher.getByRole('textbox', { name: /prompt/i }).fill('Hello');
	await expect(frame.getByRole('textbox', { name: /prompt/i })).toHaveValue('Hello');
	await teacher.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(frame.getByText('live', { exact: true })).toBeVisible();
	await expect(teacher.getByRole('button', { name: 'Stop' })).toBeHidden();
	await same();
	const before = await shown(frame);
	await teacher.getByRole('button', { name: /one step back/i }).click();
	await teacher.locator('.tile[tabindex="0"]').focus();
	await page.keyboard.press('Enter');
	await expect(frame.locator('.tile[aria-pressed=true]')).toHaveCount(1);
	await same();
	const stepped = await shown(frame);
	expect(stepped).not.toBe(before);

	// Frozen, it stays where it is; then it follows again. A window opened late shows the same.
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await teacher.getByRole('button', { name: /one step back/i }).click();
	await expect.poll(() => shown(teacher)).not.toBe(stepped);
	expect(await shown(frame)).toBe(stepped);
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await same();
	await watch.reload();
	await same();
	heard.expectNone();
});

test('/present: a race run in the teacher’s window is in the audience’s, at the same moment', async ({
	page,
	context
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	// Moved by hand: while a clock runs, two windows never show the same number.
	await page.emulateMedia({ reducedMotion: 'reduce' });
	const link = packLecture({
		format: 'tidar-lecture',
		version: 1,
		title: 'Race',
		scenes: [
			{
				kind: 'page',
				title: 'Race',
				notes: '',
				minutes: 5,
				hide: [],
				path: '/race/?lanes=ar,tidar&on=measured'
			}
		]
	});
	await page.goto(`/present/?give#l=${link}`);
	const watch = answering(await context.newPage());
	await watch.goto('/present/?audience');
	const teacher = page.frameLocator('iframe');
	const frame = seenFrame(watch);
	const shown = (of: typeof frame) => of.locator('.shown').innerText();
	const same = () =>
		expect(async () => expect(await shown(frame)).toBe(await shown(teacher))).toPass();
	await Promise.all([answers(teacher), answers(frame)]);
	// The recorded race first.
	await expect(teacher.locator('article.lane')).toHaveCount(2);
	await same();
	const recorded = await shown(teacher);

	await teacher.getByLabel('Your prompt').fill('Go.');
	await expect(frame.getByLabel('Your prompt')).toHaveValue('Go.');
	await teacher.getByRole('button', { name: 'Race', exact: true }).click();
	await expect(teacher.getByText('live', { exact: true })).toBeVisible({ timeout: 120_000 });
	await expect(frame.getByText('live', { exact: true })).toBeVisible();
	await same();
	expect(await shown(frame)).not.toBe(recorded);

	const time = (of: typeof frame) => of.getByRole('slider', { name: 'Time of the race' });
	await time(teacher).focus();
	await page.keyboard.press('Home');
	await expect(frame.locator('article.lane').first()).toContainText('0 tokens');
	await page.keyboard.press('ArrowRight');
	const moved = await time(teacher).inputValue();
	await expect(time(frame)).toHaveValue(moved);
	await same();

	// Frozen, it stays at that moment; a window opened late is where the teacher's is.
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await time(teacher).focus();
	await page.keyboard.press('End');
	await expect(time(teacher)).not.toHaveValue(moved);
	await expect(time(frame)).toHaveValue(moved);
	await page.getByRole('button', { name: /^Freeze/ }).click();
	await same();
	await watch.reload();
	await same();
	heard.expectNone();
});

test('a lecture of one’s own is in its link', async ({ page }) => {
	await page.goto('/present/?lecture=fifty');
	await page.getByRole('textbox', { name: 'Title of the lecture' }).fill('Mine');
	await page.getByRole('button', { name: 'Question', exact: true }).click();
	/** Scenes of the lecture in the address, which follows a moment later. */
	const linked = () => {
		const parsed = unpackLecture(new URL(page.url()).hash.replace('#l=', ''));
		return parsed.ok ? parsed.lecture.scenes.length : undefined;
	};
	await expect.poll(linked).toBe(25);
	await page.reload();
	await expect(page.getByRole('textbox', { name: 'Title of the lecture' })).toHaveValue('Mine');
	await expect(page.getByText('25 scenes, 52 minutes')).toBeVisible();
});

test('share: a link, a code and a frame for exactly this, less what is hidden', async ({
	page
}) => {
	const heard = complaints(page);
	await page.goto('/decode/?session=sky&step=2');
	await expect(page.getByText(/^step 2 \//)).toBeVisible();
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect(page.getByText(/^step 3 \//)).toBeVisible();
	// At once: the address itself follows later.
	await page.getByRole('button', { name: 'Share' }).click();
	const dialog = page.getByRole('dialog', { name: 'Share what is on the screen' });
	const link = dialog.getByLabel('Link', { exact: true });
	await expect(link).toHaveValue(/\/decode\/\?session=sky&step=3$/);
	await dialog.getByLabel('mask', { exact: true }).check();
	await dialog.getByLabel('model, settings, examples').check();
	await expect(link).toHaveValue(/&hide=setup,mask$/);
	await expect(dialog.getByLabel(/^For a course page/)).toHaveValue(/&#38;embed|&embed/);
	await expect(dialog.getByRole('img', { name: 'QR code of the link' })).toBeVisible();
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		expect(await axeFinds(page)).toEqual([]);
	}
	await page.setViewportSize({ width: 360, height: 740 });
	const address = await link.inputValue();
	await page.goto(`${address},nonsense&embed`);
	await expect(page.locator('[data-part=mask]')).toBeHidden();
	await expect(page.locator('[data-part=setup]').filter({ visible: true })).toHaveCount(0);
	await expect(page.getByTestId('sentence')).toBeVisible();
	await expect(page.getByRole('banner')).toBeHidden();
	await expect(page.getByText(/^The link asks to hide nonsense; .*mask \(mask\)/)).toBeVisible();
	// The page's own state goes on in the address, and the rest stays.
	await expect(page.getByText(/^step 3 \//)).toBeVisible();
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect(page).toHaveURL(/session=sky&step=4&embed&hide=setup,mask,nonsense$/);
	heard.expectNone();
});

test('the menu of a phone', async ({ page }) => {
	await page.setViewportSize({ width: 360, height: 740 });
	await page.goto('/');
	const pages = page.getByRole('navigation', { name: 'Pages' });
	await expect(pages).toBeHidden();
	await page.getByRole('button', { name: 'Menu' }).click();
	await pages.getByRole('link', { name: 'For teachers' }).click();
	await expect(page).toHaveURL(/\/present\/$/);
	await expect(pages).toBeHidden();
});
