import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type FrameLocator, type Page } from '@playwright/test';

/** Waits until a page, or the page in a frame, answers. */
export const answers = (of: Page | FrameLocator): Promise<void> =>
	of.locator('html[data-hydrated]').waitFor({ state: 'attached' });

/**
 * Waits after every navigation until the page answers: before hydration the prerendered page looks the same, and a
 * key pressed then is lost.
 */
export function answering(page: Page): Page {
	const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
	const hydrated = () => answers(page);
	page.goto = async (...where) => {
		const response = await goto(...where);
		await hydrated();
		return response;
	};
	page.reload = async (...how) => {
		const response = await reload(...how);
		await hydrated();
		return response;
	};
	return page;
}

/**
 * Opens the site for the first time on a server without headers: once the service worker is there, the page loads
 * itself again. Until then nothing may touch the page, looks of a test included: Chromium counts those as the reader's.
 * Counted are documents that came; the first may be left before its load event.
 */
export async function firstVisit(page: Page, path: string): Promise<{ documents: number }> {
	const seen = { documents: 0 };
	page.on('requestfinished', (request) => {
		if (request.isNavigationRequest() && request.frame() === page.mainFrame()) seen.documents++;
	});
	await page.goto(path, { waitUntil: 'commit' });
	await expect.poll(() => seen.documents).toBe(2);
	await answers(answering(page));
	return seen;
}

export const test = base.extend({
	page: ({ page, javaScriptEnabled }, use) =>
		use(javaScriptEnabled === false ? page : answering(page))
});

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
	const box = page.getByRole('textbox', { name: /prompt|message/i });
	await box.fill(prompt);
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	// The box is emptied when the answer begins, which may take the model's arrival.
	await expect(box).toHaveValue('', { timeout: 300_000 });
	await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden({ timeout: 400_000 });
}

/** What every view shows, as text: two equal strings are the same view. */
export const views = (page: Page): Promise<string> =>
	page
		.locator('.stage, .views')
		.allInnerTexts()
		.then((texts) => texts.join('\n'));

/**
 * Serves random weights of the same form in place of the model: what the page does around a model is the same, and
 * a pass takes milliseconds (tests/fixtures/tiny-model).
 */
export async function serveTinyModel(page: Page): Promise<void> {
	await page.route('**/models/*/*', (route) => {
		const name = new URL(route.request().url()).pathname.split('/').at(-1)!;
		return route.fulfill({ path: `tests/fixtures/tiny-model/${name}` });
	});
}

/** Where each folder's files come from on a site that lists an EAGLE-3 head and a diffusion adapter. */
export const companions: Record<string, string> = {
	'tidar-smollm2-135m': 'target',
	'intern-17m': 'target',
	'a-head': 'head',
	'an-adapter': 'adapter'
};

const extra = (decoder: string, folder: string) => {
	const moves = { model: 168_832, draft: 41_216 };
	return { decoder, folder, name: folder, bytes: 180_000, moves };
};
/** What such a site says that it has (routes/extras.json). */
export const extras = [
	extra('speculative', 'intern-17m'),
	extra('eagle3', 'a-head'),
	extra('llada', 'an-adapter'),
	extra('dream', 'an-adapter')
];

/**
 * Makes the site one whose companions.json lists an EAGLE-3 head and a diffusion adapter, with small weights in place of
 * the model too (tests/fixtures/beside). What a page was built with stays until it is left: begin on another one.
 */
export async function serveCompanions(page: Page): Promise<void> {
	await page.route('**/extras.json', (route) => route.fulfill({ json: extras }));
	await page.route('**/models/*/*', (route) => {
		const [folder, file] = new URL(route.request().url()).pathname.split('/').slice(-2);
		return route.fulfill({ path: `tests/fixtures/beside/${companions[folder!]}/${file}` });
	});
}

/**
 * What axe finds, with the element. Rows of a table behind its third are made like the first ones and are left out.
 * @param rules these alone
 */
export async function axeFinds(page: Page, rules?: readonly string[]): Promise<string[]> {
	const axe = new AxeBuilder({ page }).setLegacyMode().exclude('tbody tr:nth-child(n + 4)');
	if (rules) axe.withRules([...rules]);
	const { violations } = await axe.analyze();
	return violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)
	);
}
