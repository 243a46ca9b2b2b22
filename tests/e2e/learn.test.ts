import { expect, type Page } from '@playwright/test';
import { readdirSync } from 'node:fs';
import { complaints, serveTinyModel, startModel, test } from './page.ts';

/** The addresses of all lessons, from their folders. */
const lessons = readdirSync('lessons/en', { withFileTypes: true })
	.filter((part) => part.isDirectory())
	.flatMap((part) =>
		readdirSync(`lessons/en/${part.name}`, { withFileTypes: true })
			.filter((lesson) => lesson.isDirectory())
			.map((lesson) => `/learn/${slug(part.name)}/${slug(lesson.name)}/`)
	);
function slug(folder: string) {
	return folder.replace(/^\d+-/, '');
}
const mask = '/learn/tidar/who-sees-whom/';
const chef = '/learn/why-the-gpu-waits/chef-and-courier/';
const step = '/learn/tidar/think-and-talk/';

const question = (page: Page, id: string) => page.locator(`form[data-question="${id}"]`);

/** Opens a lesson and waits until its questions can be answered. */
async function open(page: Page, path: string) {
	await page.goto(path);
	await expect(page.getByRole('button', { name: 'Check' }).first()).toBeEnabled();
}

for (const locale of ['', '/zh']) {
	test(`every lesson has its text, its figure and its questions: ${locale || '/en'}`, async ({
		page
	}) => {
		const heard = complaints(page);
		for (const path of lessons) {
			await page.goto(locale + path);
			await expect(page.locator('aside figure').first()).toBeVisible();
			await expect(page.locator('.prose h2').first()).toBeVisible();
			expect(await page.locator('form.question').count()).toBeGreaterThanOrEqual(2);
			await expect(page.locator('html')).toHaveAttribute('lang', locale ? 'zh' : 'en');
			expect(await page.locator('.prose .katex-error').count()).toBe(0);
		}
		heard.expectNone();
	});
}

test('by keyboard: a wrong answer gets its reason, a right one is kept', async ({ page }) => {
	await open(page, chef);
	const load = question(page, 'load');
	await load.getByRole('radio').first().focus();
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await expect(load.getByRole('status')).toContainText('Not yet');
	await expect(load.getByRole('status')).toContainText('KV cache');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Enter');
	await expect(load.getByRole('status')).toContainText('Right');

	const share = question(page, 'share');
	await share.getByRole('textbox').focus();
	await page.keyboard.type('90');
	await page.keyboard.press('Enter');
	await expect(share.getByRole('status')).toContainText('waits');
	await page.keyboard.press('Control+a');
	await page.keyboard.type('10 %');
	await page.keyboard.press('Enter');
	await expect(share.getByRole('status')).toContainText('Right');

	await page.reload();
	await expect(load.getByRole('status')).toContainText('Right');
	await expect(share.getByRole('textbox')).toHaveValue('10 %');
	await expect(page.getByText('Questions answered: 2 of 3')).toBeVisible();
});

test('by keyboard: things are brought into order, and the figure answers a question', async ({
	page
}) => {
	await open(page, step);
	const order = question(page, 'order');
	await order.getByRole('button', { name: 'Check' }).click();
	await expect(order.getByRole('status')).toContainText('Not yet');
	const wanted = ['All drafts and all masks', 'The drafts are compared', 'Keys and values'];
	for (const [place, text] of wanted.entries()) {
		const item = order.getByRole('listitem').filter({ hasText: text });
		await item.getByRole('button').first().focus();
		for (;;) {
			const at = Number(await item.locator('.place').innerText()) - 1;
			if (at === place) break;
			await page.keyboard.press('ArrowUp');
			await expect(item.locator('.place')).toHaveText(String(at));
		}
	}
	await order.getByRole('button', { name: 'Check' }).click();
	await expect(order.getByRole('status')).toContainText('Right');

	const pick = question(page, 'certain');
	await page.locator('.tile.draft').nth(1).focus();
	await page.keyboard.press('Enter');
	await pick.getByRole('button', { name: 'Check' }).click();
	await expect(pick.getByRole('status')).toContainText('stands or falls');
	await page.keyboard.press('Shift+Tab');
	await page.locator('.tile.draft').nth(0).focus();
	await page.keyboard.press('Enter');
	await pick.getByRole('button', { name: 'Check' }).click();
	await expect(pick.getByRole('status')).toContainText('Right');
});

test('the mask is built by keyboard, judged cell by cell, and its state is in the link', async ({
	page
}) => {
	await open(page, mask);
	const cell = (row: string, column: string) =>
		page.getByRole('button', { name: `${row} sees ${column}?`, exact: true });
	await cell('draft 1', 'draft 1').focus();
	await page.keyboard.press('Enter');
	await expect(page.getByText('1 of 17 cells found.')).toBeVisible();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	await expect(page.getByText('1 of 17 cells found.')).toBeVisible();
	await expect(cell('draft 1', 'draft 2')).toHaveAttribute('aria-pressed', 'false');
	await page.getByRole('button', { name: 'Show me' }).click();
	await expect(page.getByText(/^Complete/)).toBeVisible();
	await page.getByRole('link', { name: /^3/ }).click();
	await expect(page).toHaveURL(/\?k=3$/);
	await page.goto(`${mask}?k=9`);
	await expect(page.getByRole('alert')).toContainText('k');
	await expect(page.getByText('0 of 17 cells found.')).toBeVisible();
});

test('a guess comes before its answer, and is remembered', async ({ page }) => {
	await open(page, chef);
	const answer = page.getByText('The article is far too kind');
	await expect(answer).toBeHidden();
	await page.locator('.predict input').focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await expect(answer).toBeVisible();
	await page.reload();
	await expect(answer).toBeVisible();
});

test('a statement is judged before it is taken apart, and the board keeps count', async ({
	page
}) => {
	await open(page, '/learn/the-real-world/was-the-article-right/');
	const date = page.locator('#claim-date');
	await expect(date.getByText('12 November 2025')).toBeHidden();
	await date.getByRole('button', { name: 'true' }).focus();
	await page.keyboard.press('Enter');
	await expect(date.getByRole('status')).toContainText('wrong');
	await expect(date.getByText('12 November 2025')).toBeVisible();
	await expect(page.locator('aside figcaption')).toHaveText('1 of 10 judged; on 0 we agree');
});

test('who plays the verifier is told why, and comes to what the engine did', async ({ page }) => {
	await open(page, '/learn/tidar/nothing-is-wasted/');
	const figure = page.locator('aside');
	const drafts = figure.locator('tr.drafts button');
	const kept = figure.getByText(/^\d of 4 are kept/);
	for (let count = 4; count > 0; count--) {
		await drafts.nth(count - 1).click();
		if (await kept.isVisible()) break;
		await expect(figure.locator('.says').first()).toContainText('Too many');
	}
	await expect(kept).toBeVisible();
});

test('lesson 8 decodes a question of the reader’s own, pass by pass, and puts the run beside the recorded ones', async ({
	page
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	await open(page, '/learn/guess-and-check/all-at-once/');
	const figure = page.locator('aside');
	await figure.getByRole('button', { name: /^Ask it yourself/ }).click();
	const run = figure.getByRole('button', { name: /^Decode, filling in from/ });
	await expect(run).toBeDisabled();
	await startModel(page);
	await figure.getByRole('textbox').fill('What is snow?');
	await expect(run).toBeEnabled();
	await run.press('Enter');
	await expect(figure.getByText(/tokens a second here/)).toBeVisible();
	await expect(figure.locator('.said')).toHaveText(/^Finished: \d+ tokens in \d+ passes\./);
	const question = figure.getByRole('combobox', { name: 'Question' });
	await expect(question).toHaveValue('own');
	await expect(figure.getByText('yours')).toBeVisible();
	// It can be stepped through like a recorded one; a word of the text brings a recorded one back.
	await figure.getByRole('button', { name: /one step back/i }).click();
	await expect(figure.locator('.said')).toHaveText(/^After pass \d+/);
	await page.getByRole('link', { name: /^One mask a pass/ }).click();
	await expect(question).toHaveValue('2');
	await figure.getByText('What plain decoding writes').click();
	await expect(figure.getByText(/of the text differs\.$/)).toBeVisible();
	heard.expectNone();
});

test('words light up the figure, numbers show where they come from', async ({ page }) => {
	await open(page, step);
	await page.getByRole('button', { name: 'drafts', exact: true }).focus();
	await expect(page.locator('.playing')).toHaveAttribute('data-lit', 'draft');
	await page.getByRole('button', { name: '20 slots' }).click();
	await expect(page.getByText('4 + 4 × 4')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByText('4 + 4 × 4')).toBeHidden();
});

test('a control in a sentence moves the figure, and the numbers behind it follow', async ({
	page
}) => {
	await open(page, chef);
	const trip = page.getByRole('spinbutton', { name: 'seconds a trip' });
	const busy = page.locator('.prose output').first();
	await expect(busy).toHaveText('13.0 %');
	await trip.fill('3');
	await expect(busy).toHaveText('50 %');
	await expect(page.locator('aside figcaption')).toContainText('50 %');
	await expect(page).toHaveURL(/\?trip=3$/);
	await trip.press('ArrowUp');
	await expect(trip).toHaveValue('4');
	await expect(page).toHaveURL(/\?trip=4$/);
	// What is out of range is not taken; leaving the field shows what is.
	await trip.fill('900');
	await trip.press('Tab');
	await expect(trip).toHaveValue('60');
});

test('an exercise is judged while the figure moves; its solution is shown, taken back, and found', async ({
	page
}) => {
	await open(page, chef);
	const exercise = page.locator('[data-exercise]');
	await exercise.locator('summary').press('Enter');
	const goals = exercise.getByRole('listitem');
	await expect(goals.filter({ hasText: 'half of the time' })).toContainText('not met yet');
	await exercise.getByRole('button', { name: 'Hint 1 of 2' }).click();
	await expect(exercise.getByText('cooking takes as long as the trip')).toBeVisible();
	await exercise.getByRole('button', { name: 'Show me' }).click();
	await expect(page).toHaveURL(/plates=7/);
	await expect(exercise.getByRole('status')).toContainText('Seven dishes a trip');
	await exercise.getByRole('button', { name: 'Undo' }).click();
	await expect(page).not.toHaveURL(/plates/);
	await expect(exercise.getByRole('status')).toHaveText('');
	await page.getByRole('spinbutton', { name: 'dishes a trip' }).fill('7');
	await expect(exercise.getByRole('status')).toContainText('Solved.');
	await page.reload();
	await expect(exercise.locator('summary')).toContainText('solved');
});

test('an exercise that asks for a number is judged as it is typed', async ({ page }) => {
	await open(page, mask);
	const exercise = page.locator('[data-exercise]');
	await exercise.locator('summary').click();
	await exercise.getByRole('textbox').fill('104');
	await expect(exercise.getByRole('status')).toContainText('Not yet');
	await exercise.getByRole('textbox').fill('114');
	await expect(exercise.getByRole('status')).toContainText('Solved.');
});

test('a question that is answered anew has other numbers', async ({ page }) => {
	await open(page, chef);
	const share = question(page, 'share');
	const answer = async (text: string) => {
		await share.getByRole('textbox').fill(text);
		await share.getByRole('button', { name: 'Check' }).click();
	};
	await expect(share.locator('legend')).toContainText('A trip of 9 s');
	await answer('10');
	await expect(share.getByRole('status')).toContainText('Right');
	await share.getByRole('button', { name: 'try it again' }).click();
	await expect(share.locator('legend')).toContainText('A trip of 12 s');
	await answer('10');
	await expect(share.getByRole('status')).toContainText('Not yet');
	await answer('20');
	await expect(share.getByRole('status')).toContainText('Right');
	await page.reload();
	await expect(share.locator('legend')).toContainText('A trip of 12 s');
	await expect(share.getByRole('status')).toContainText('Right');
});

test('reading settings last, can be taken back, and give way to what the system asks for', async ({
	page
}) => {
	await open(page, chef);
	const html = page.locator('html');
	const settings = page.getByRole('button', { name: /^(Aa)?Reading settings/ });
	const dialog = page.getByRole('dialog');
	await settings.click();
	await dialog.getByRole('radio', { name: '130 %' }).check();
	await dialog.getByRole('radio', { name: 'things stand still' }).check();
	await dialog.getByRole('button', { name: 'Close' }).click();
	await expect(settings).toContainText('2 changed');
	await page.goto('/learn/tidar/lossless/');
	await expect(html).toHaveAttribute('data-size', '130');
	await expect(html).toHaveAttribute('data-motion', 'still');
	await settings.click();
	await dialog.getByRole('button', { name: 'Back to the beginning' }).click();
	await expect(html).not.toHaveAttribute('data-size');
	await expect(html).not.toHaveAttribute('data-motion');
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await expect(dialog.getByRole('radio', { name: 'things stand still' })).toBeChecked();
	await expect(dialog.getByRole('radio', { name: 'things move' })).toBeDisabled();
});

test('progress goes out as a file, is forgotten, and comes back', async ({ page }) => {
	await open(page, chef);
	await page.locator('footer .ways').scrollIntoViewIfNeeded();
	const load = question(page, 'load');
	await load.getByRole('radio').first().check();
	await load.getByRole('button', { name: 'Check' }).click();
	await page.goto('/learn/');
	await expect(page.getByText('1 of 3 questions right')).toBeVisible();
	await expect(page.getByRole('link', { name: /^Go on: One token/ })).toBeVisible();
	const [file] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'save it as a file' }).click()
	]);
	await page.getByRole('button', { name: 'begin anew' }).click();
	await page.getByRole('button', { name: 'really forget all of it?' }).click();
	await expect(page.getByText('1 of 3 questions right')).toBeHidden();
	await page.locator('input[type=file]').setInputFiles(await file.path());
	await expect(page.getByText('1 of 3 questions right')).toBeVisible();
});

test.describe('without scripts', () => {
	test.use({ javaScriptEnabled: false });
	test('a lesson is text with a figure that stands still', async ({ page }) => {
		await page.goto(`/zh${chef}`);
		await expect(page.locator('h1')).toHaveText('厨师与快递员');
		await expect(page.getByText('文章说得太客气了')).toBeVisible();
		await expect(page.locator('aside svg').first()).toBeVisible();
		// Playwright leaves a noscript's words out of an element's text, unless it is asked for what is drawn.
		const drawn = { useInnerText: true };
		await expect(page.locator('aside noscript')).toContainText('在这里可以设定送一趟', drawn);
		// Prose states the figure's numbers, and the exercise with its hints can be read.
		await expect(page.locator('.prose output').first()).toHaveText('13.0%');
		await page.locator('[data-exercise] summary').click();
		await expect(page.locator('[data-exercise] noscript')).toContainText(
			'二十秒里能炒几道三秒的菜？',
			drawn
		);
		await expect(page.getByText('lessons/zh/01-why-the-gpu-waits')).toBeVisible();
	});
});

test.describe('at 360 px', () => {
	test.use({ viewport: { width: 360, height: 740 } });
	test('every lesson fits, with larger text as well, and its figure stays in view', async ({
		page
	}) => {
		for (const size of ['100', '130']) {
			await page.addInitScript(
				(size) => localStorage.setItem('reading', JSON.stringify({ size })),
				size
			);
			for (const path of ['/learn/', ...lessons]) {
				await page.goto(path);
				const wide = await page.evaluate(() => document.documentElement.scrollWidth);
				expect(wide, `${path} at ${size} %`).toBeLessThanOrEqual(360);
			}
		}
		await page.locator('.prose h2').last().scrollIntoViewIfNeeded();
		await expect(page.locator('aside .bar').first()).toBeInViewport();
	});
});

for (const [locale, asked, heading] of [
	['', 'acceptance', 'Acceptance rate'],
	['/zh', '接受率', '接受率']
] as const) {
	test(`${locale || '/en'}: lessons and glossary are searched, by keyboard and by link`, async ({
		page
	}) => {
		const heard = complaints(page);
		await page.goto(`${locale}/learn/`);
		await page.getByRole('searchbox').focus();
		await page.keyboard.type(asked);
		await page.keyboard.press('Enter');
		await expect(page).toHaveURL(/\/learn\/search\/\?q=/);
		const term = page.getByRole('link', { name: heading, exact: true });
		await expect(term).toHaveAttribute('href', `${locale}/learn/glossary/#acceptance`);
		await expect(
			page.locator(`ol a[href*="/learn/guess-and-check/the-intern/"]`).first()
		).toBeVisible();
		await term.focus();
		await page.keyboard.press('Enter');
		await expect(page.locator('#acceptance')).toBeVisible();
		heard.expectNone();
	});
}

test('the cheat sheet prints on one page in both languages', async ({ page }) => {
	for (const locale of ['', '/zh']) {
		await page.goto(`${locale}/learn/cheat-sheet/`);
		const pdf = await page.pdf({ preferCSSPageSize: true });
		expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
	}
});
