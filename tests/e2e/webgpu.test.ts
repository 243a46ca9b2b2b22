import { expect } from '@playwright/test';
import { ask, complaints, serveTinyModel, startModel, test, views } from './page.ts';

test('the real model on WebGPU: type, run, 24 tokens, regions, one step back and forth', async ({
	page
}) => {
	const heard = complaints(page);
	// A pass takes 15 s on this GPU: this answer is drafted without a mistake, so it takes 6.
	await page.goto('/decode/?k=4&max=24&on=webgpu');
	// Run brings the model by itself.
	await ask(page, 'Repeat: la la la la la la la la la la la la la la la la');
	await expect(page.getByText(/WebGPU, .*float32/).first()).toBeVisible();
	await expect(page.getByText('live', { exact: true })).toBeVisible();
	await expect(page.getByText(/^24 tokens in \d+ passes$/)).toBeVisible();
	// What the same weights write on a CPU.
	await expect(page.locator('.answer')).toContainText('La la la la la la la');

	// The regions of a TiDAR step, all at once.
	const stage = page.locator('.stage');
	await page.getByRole('button', { name: /one step back/i }).click();
	await expect(stage.getByText(/^prefix/)).toBeVisible();
	await expect(stage.getByText('drafts', { exact: true })).toBeVisible();
	for (let block = 1; block <= 4; block++)
		await expect(stage.getByText(new RegExp(`^block ${block}`))).toBeVisible();

	const before = await views(page);
	await page.getByRole('button', { name: /one step back/i }).click();
	await expect.poll(() => views(page)).not.toBe(before);
	await page.getByRole('button', { name: /one step forward/i }).click();
	await expect.poll(() => views(page)).toBe(before);
	heard.expectNone();
});

test('a GPU lost in the middle of an answer: the model starts again and the answer goes on', async ({
	page
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	await page.goto('/decode/?k=4&max=40&on=webgpu');
	await expect(page.getByText(/^To run your own prompts/)).toBeVisible();
	const [worker] = page.workers();
	await worker!.evaluate(() => {
		const { requestDevice } = GPUAdapter.prototype;
		const { mapAsync } = GPUBuffer.prototype;
		let device: GPUDevice;
		GPUAdapter.prototype.requestDevice = async function (...wanted) {
			return (device = await requestDevice.apply(this, wanted));
		};
		let left = Infinity;
		Object.assign(globalThis, { loseAt: (readback: number) => (left = readback) });
		GPUBuffer.prototype.mapAsync = function (...wanted) {
			if (--left === 0) device.destroy();
			return mapAsync.apply(this, wanted);
		};
	});
	await startModel(page);
	// A pass is read back once or twice: some steps are done by then, and 40 tokens take 8 at least.
	await worker!.evaluate(() =>
		(globalThis as unknown as { loseAt: (readback: number) => void }).loseAt(5)
	);
	await page.getByRole('textbox', { name: /prompt/i }).fill('Go on and on.');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect(page.getByText(/^The GPU was lost after step \d+/)).toBeVisible();
	await expect(page.locator('.answer .begun')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden({ timeout: 60_000 });
	await expect(page.getByText('Model ready')).toBeVisible();
	heard.expectNone();
});

test("the timeline of the reader's own GPU: every kernel stamped where it has timestamps, else every pass", async ({
	page
}) => {
	const heard = complaints(page);
	await serveTinyModel(page);
	await page.goto('/timeline/?tokens=1');
	const runsOn = page.getByRole('combobox', { name: 'It runs on', exact: true });
	await runsOn.selectOption('webgpu');
	await page.getByRole('button', { name: 'Time the decoder here' }).click();
	await page.getByRole('button', { name: /^Download the model/ }).click();
	await expect(page.getByText(/Every kernel was stamped by the GPU itself/)).toBeVisible({
		timeout: 60_000
	});
	await expect(page.getByTestId('finish')).toContainText('TiDAR on');
	await page.getByRole('searchbox').fill('attention');
	await expect(page.getByText(/^[1-9]\d* found$/)).toBeVisible();
	await runsOn.selectOption('wasm');
	await page.getByRole('button', { name: 'Time the decoder here' }).click();
	await expect(page.getByText(/WebAssembly ran it/)).toBeVisible({ timeout: 60_000 });
	heard.expectNone();
});
