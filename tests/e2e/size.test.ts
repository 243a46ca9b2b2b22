import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { test } from './page.ts';
import { isChinese, pageKinds } from './routes.ts';

/** Bytes of gzipped JavaScript that the first page may load until it answers: charts and decoder come when needed. */
const BUDGET = 200_000;

test('what each page loads: the first one keeps its budget', async ({ page, baseURL }) => {
	const kinds = { script: 'JavaScript', stylesheet: 'styles', font: 'fonts' } as const;
	let loads = new Map<string, keyof typeof kinds>();
	page.on('request', (request) => {
		const kind = request.resourceType() as keyof typeof kinds;
		const url = request.url();
		// What a worker loads is not on the way of the page.
		if (kind in kinds && url.startsWith(`${baseURL}/`) && !url.includes('/workers/'))
			loads.set(new URL(url).pathname, kind);
	});
	const sizeOf = (path: string, kind: keyof typeof kinds) => {
		const bytes = readFileSync(`build${path}`);
		return kind === 'font' ? bytes.length : gzipSync(bytes).length;
	};
	let first = 0;
	for (const path of pageKinds().filter((path) => !isChinese(path))) {
		loads = new Map();
		await page.goto(path);
		const sums = { script: 0, stylesheet: 0, font: 0 };
		for (const [file, kind] of loads) sums[kind] += sizeOf(file, kind);
		if (path === '/') first = sums.script;
		const said = Object.entries(kinds).map(
			([kind, name]) => `${name} ${(sums[kind as keyof typeof kinds] / 1000).toFixed(0)} kB`
		);
		console.log(`${path}: ${said.join(', ')}`);
	}
	expect(first).toBeGreaterThan(10_000);
	expect(first).toBeLessThanOrEqual(BUDGET);
});
