import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { KEPT, type Measurement } from '../../src/lib/measure/result.ts';
import { complaints, test } from './page.ts';

const ready = async (page: Page, query = '', path = '/simulate/') => {
	await page.goto(`${path}${query}`);
	await page.locator('[data-ready=true]').waitFor();
};
const figure = (page: Page, id: string) => page.locator(`[data-figure=${id}]`).first();
const slider = (page: Page, name: string) => page.getByRole('slider', { name, exact: true });

const spread = { low: 1, high: 100, n: 15 };
const measurement = {
	format: 'tidar-measurement',
	version: 1,
	date: '2026-11-25T12:00:00.000Z',
	browser: 'Chromium 156',
	machine: {
		backend: 'webgpu',
		name: 'a test device',
		software: false,
		f16: false,
		timestamps: true,
		subgroups: false,
		limits: {},
		cores: 8,
		isolated: true
	},
	micro: { clock: 'wall', wrong: [] },
	model: { name: 'a model', weights: '0', bytes: 1, precision: 'f32', context: 128 },
	slots: [
		{ slots: 1, k: 0, median: 20, ...spread },
		{ slots: 72, k: 8, median: 31, ...spread }
	],
	hidden: false
} satisfies Measurement;

/** Opens everything that can be unfolded. */
const unfold = (page: Page) =>
	page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));

test('a slider moved by keys changes the step, the points and the address', async ({ page }) => {
	const heard = complaints(page);
	await ready(page);
	await expect(figure(page, 'ms')).toHaveText('6.87 ms');
	const qkv = page.locator('[data-key="0.qkv"]');
	const x = () =>
		qkv.evaluate((dot: SVGElement) =>
			Number(/translate\(([\d.]+)px/.exec(dot.style.transform)![1])
		);
	const before = await x();
	await slider(page, 'Slots').press('End');
	await expect(page.getByRole('spinbutton', { name: 'Slots' })).toHaveValue('1024');
	await expect(figure(page, 'bound')).toHaveText('compute');
	await expect.poll(x).toBeGreaterThan(before);
	await slider(page, 'Slots').press('Home');
	await slider(page, 'Slots').press('ArrowRight');
	await expect(page).toHaveURL(/\?slots=2$/);
	await page.getByRole('button', { name: 'Reset' }).press('Enter');
	await expect(page).toHaveURL(/\/simulate\/$/);
	heard.expectNone();
});

test('arrow keys walk over the points of the roofline, with formula and numbers', async ({
	page
}) => {
	await ready(page, '?slots=72');
	const plot = slider(page, 'What each operator of the step does, against what the GPU could');
	await plot.focus();
	const readout = page.getByTestId('readout').first();
	const met = new Set<string>();
	for (let i = 0; i < 7; i++) {
		const text = (await readout.textContent())!;
		expect(text).toMatch(/[GT]FLOP \/ .* = [\d.,]+ FLOP\/byte/);
		await expect(plot).toHaveAttribute('aria-valuetext', text);
		met.add(text);
		await plot.press('ArrowRight');
	}
	expect(met.size).toBe(7);
	await plot.press('Escape');
	await expect(readout).toHaveText(/arrow keys/);
});

test('a headline number opens its formula and its source', async ({ page }) => {
	await ready(page);
	await page.getByRole('button', { name: /A step takes/ }).press('Enter');
	await expect(page.getByText(/weights \+ .* = 6\.87 ms/)).toBeVisible();
	await expect(page.locator('.how')).toContainText('NVIDIA H100 Tensor Core GPU datasheet');
});

test('an impossible link falls back, and says so with the nearest names', async ({ page }) => {
	const heard = complaints(page);
	await ready(page, '?gpu=h100&model=llama-70b&slots=0&batch=x&b=1&b.weights=fp9&view=nothing');
	const notes = page.getByRole('alert');
	await expect(notes.filter({ hasText: 'gpu = h100' })).toContainText('h100-sxm');
	await expect(notes.filter({ hasText: 'llama-70b' })).toContainText('llama-3.1-70b');
	await expect(notes).toHaveCount(6);
	await expect(figure(page, 'ms')).toHaveText('6.87 ms');
	heard.expectNone();
});

test('two set-ups: side by side, number by number, in the link', async ({ page }) => {
	await ready(page);
	await page.getByRole('checkbox', { name: 'Compare two set-ups' }).press('Space');
	await expect(page.locator('[data-figure=ms]')).toHaveCount(2);
	await page.getByRole('combobox', { name: 'GPU', exact: true }).selectOption('h200');
	await expect(page).toHaveURL(/b=1&b\.gpu=h200&b\.slots=72/);
	await expect(page.getByRole('row', { name: /^A step takes, ms/ })).toContainText('×');
	await page.reload();
	await page.locator('[data-ready=true]').waitFor();
	await expect(page.locator('[data-figure=ms]')).toHaveCount(2);
});

test('a pasted config.json becomes a model; what is missing is named', async ({ page }) => {
	await ready(page);
	await page.getByRole('combobox', { name: 'Model' }).selectOption('custom');
	const box = page.getByRole('textbox', { name: /config\.json/ });
	await box.fill('{"hidden_size": 2048}');
	await page.getByRole('button', { name: 'Use it' }).click();
	await expect(page.getByRole('alert')).toContainText('‘num_hidden_layers’ is missing.');
	await box.fill(
		JSON.stringify({
			hidden_size: 2048,
			num_hidden_layers: 16,
			num_attention_heads: 32,
			num_key_value_heads: 8,
			intermediate_size: 8192,
			vocab_size: 128256,
			tie_word_embeddings: true
		})
	);
	await page.getByRole('button', { name: 'Use it' }).click();
	await expect(page.getByText('1.24 billion parameters', { exact: false })).toBeVisible();
	await expect(page).toHaveURL(/model=custom&config=/);
	await page.getByRole('combobox', { name: 'GPU', exact: true }).selectOption('custom');
	await page.getByRole('spinbutton', { name: /memory bandwidth/ }).fill('1000');
	await page.getByRole('spinbutton', { name: /memory bandwidth/ }).press('Enter');
	await expect(page).toHaveURL(/gpu=custom&bandwidth=1000/);
});

test('figures can be taken away as SVG, PNG and CSV, everything as JSON', async ({ page }) => {
	await ready(page, '?slots=72');
	const take = async (name: string | RegExp) => {
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name, exact: true }).first().click()
		]);
		return download.suggestedFilename();
	};
	expect(await take('SVG')).toBe('roofline.svg');
	expect(await take('PNG')).toBe('roofline.png');
	expect(await take('CSV')).toBe('roofline.csv');
	expect(await take('everything (JSON)')).toBe('simulation.json');
});

test('the service view counts GPUs in a worker and answers the article', async ({ page }) => {
	await ready(page, '?view=service&users=2000');
	await expect(page.getByTestId('verdict')).toContainText('TiDAR needs', { timeout: 30_000 });
	await expect(page.getByRole('row', { name: /^TiDAR/ })).toContainText(/\d/);

	// A second set-up is a second service, but not where only its slots differ.
	await page.getByLabel('Compare two set-ups').check();
	await expect(page.getByTestId('verdict')).toHaveCount(1);
	await page.getByRole('combobox', { name: 'GPU', exact: true }).selectOption('h200');
	await expect(page.getByRole('heading', { name: 'B: H200' })).toBeVisible();
	await expect(page.getByTestId('verdict').nth(1)).toContainText('TiDAR needs', {
		timeout: 30_000
	});
});

// access.test.ts looks at the page as it opens.
test('axe finds nothing in two set-ups, and in the views behind the first', async ({ page }) => {
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await ready(page, '?b=1&b.gpu=h200&view=batch');
	const violations = async () => {
		await unfold(page);
		const found = await new AxeBuilder({ page }).analyze();
		return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
	};
	expect(await violations()).toEqual([]);
	await page.getByRole('tab').last().click();
	expect(await violations()).toEqual([]);
});

test('what this browser measured of its own device lies over the slots sweep', async ({ page }) => {
	await page.addInitScript(
		([key, kept]) => localStorage.setItem(key!, kept!),
		[KEPT, JSON.stringify(measurement)]
	);
	await ready(page);
	await expect(page.getByText(/Circles: a test device, as you measured it/)).toBeVisible();
	await expect(page.locator('[data-key="mine 72"]')).toBeVisible();
});

test.describe('at 360 px', () => {
	test.use({ viewport: { width: 360, height: 740 } });
	for (const query of ['?b=1&b.gpu=h200', '?view=batch', '?view=error']) {
		test(`${query} fits, and the sliders stay in reach`, async ({ page }) => {
			await ready(page, query);
			await unfold(page);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			expect(wide).toBeLessThanOrEqual(360);
			await expect(slider(page, 'Slots')).toBeInViewport();
		});
	}
});
