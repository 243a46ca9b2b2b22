/**
 * npm run bench [-- NAME]: measures pages in a headless Chromium and prints a table. Each file of pages/ is one bench.
 * Nothing here passes or fails: the README beside says what the goals are and what was measured.
 */
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { chromium } from 'playwright';
import { preview } from 'vite';
import { chromiumArgs, findChromium } from '../setup/chromium.js';
import type { Bench, Row } from './pages/bench.ts';

const folder = new URL('pages/', import.meta.url);
const wanted = process.argv[2];
const names = readdirSync(folder)
	.filter((name) => name.endsWith('.bench.ts'))
	.map((name) => name.replace('.bench.ts', ''));
if (wanted && !names.includes(wanted)) {
	process.stderr.write(`There is no bench '${wanted}'. There are: ${names.join(', ')}.\n`);
	process.exit(2);
}
if (!existsSync(new URL('../../build', import.meta.url))) {
	process.stderr.write('There is no build to measure. Run: npm run build\n');
	process.exit(2);
}

const server = await preview({ preview: { port: 4183, strictPort: false }, logLevel: 'error' });
const origin = server.resolvedUrls!.local[0]!.replace(/\/$/, '');
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
process.stdout.write(
	`Chromium ${browser.version()}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n\n`
);
try {
	for (const name of names.filter((name) => !wanted || name === wanted)) {
		const { bench } = (await import(new URL(`${name}.bench.ts`, folder).href)) as { bench: Bench };
		process.stdout.write(`${bench.title}\n`);
		print(await bench.run({ browser, origin }));
	}
} finally {
	await browser.close();
	await server.close();
}

function print(rows: readonly Row[]): void {
	const cells = rows.map(({ what, samples, unit, goal }) => {
		const sorted = [...samples].sort((a, b) => a - b);
		const at = (share: number) =>
			sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
		const number = (x: number) => `${x.toFixed(x < 100 ? 1 : 0)} ${unit}`;
		return [what, number(at(0.5)), number(at(0.95)), String(samples.length), goal];
	});
	const all = [['', 'median', 'p95', 'samples', 'goal'], ...cells];
	const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
	for (const row of all) {
		process.stdout.write(
			`  ${row.map((cell, i) => (i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}\n`
		);
	}
	process.stdout.write('\n');
}
