import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { build } from 'vite';
import { servePlainly } from '../setup/static.ts';
import { complaints, test } from './page.ts';

/** The engine as a package, used as tests/examples do: from Node, and from another site. */
const folder = mkdtempSync(join(tmpdir(), 'site-of-another-'));
const tiny = 'tests/fixtures/tiny-model';

test.describe.configure({ mode: 'serial' });
test.beforeAll(() => {
	execFileSync('npx', ['tsc', '-p', 'tsconfig.package.json'], { stdio: 'inherit' });
});
test.afterAll(() => rmSync(folder, { recursive: true }));

test('from Node', () => {
	const said = execFileSync('node', ['tests/examples/node.js', tiny, 'Hello'], {
		encoding: 'utf8'
	});
	expect(said).toMatch(/^A step of Qwen3 8B on an H100: \d+\.\d\d ms with one slot;$/m);
	expect(said).toMatch(/^\d+ slots cost at most 10 % more\.$/m);
	expect(said).toMatch(/^\d+ passes: ./m);
});

test('from another site', async ({ browser }) => {
	const page = await browser.newPage();
	await build({
		root: 'tests/examples/site',
		base: './',
		configFile: false,
		logLevel: 'error',
		worker: { format: 'es' },
		build: { outDir: folder, emptyOutDir: true, target: 'es2022' }
	});
	cpSync(tiny, join(folder, 'model'), { recursive: true });
	const server = await servePlainly(folder);
	const heard = complaints(page);
	await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
	await page.goto(`${server.origin}/`);
	await page.locator('html[data-done]').waitFor({ state: 'attached' });
	await expect(page.locator('#cost')).toHaveText(/^72 slots of Qwen3 8B on an H100: \d+\.\d\d ms$/);
	await expect(page.locator('#answer')).toHaveText(/^\d+ passes: ./);
	heard.expectNone();
	await page.close();
	server.close();
});
