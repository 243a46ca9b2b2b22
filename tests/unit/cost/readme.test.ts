import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The README quotes the sets that nothing was fitted to; its figures are those of the calibration. */
test("the README's table of errors is that of engine/cost/accuracy.json", () => {
	const sets = JSON.parse(read('engine/cost/accuracy.json')) as {
		median: number;
		p95: number;
		worst: number;
		fitted: boolean;
	}[];
	const rows = Array.from(
		read('README.md').matchAll(
			/^\| .*(?:H100|H200).*? \| +([\d.]+) +\| +([\d.]+) +\| +([\d.]+) +\|$/gm
		),
		([, ...figures]) => figures.join(' ')
	);
	expect(rows).toHaveLength(4);
	const known = sets
		.filter(({ fitted }) => !fitted)
		.map(({ median, p95, worst }) =>
			[median, p95, worst].map((error) => error.toFixed(1)).join(' ')
		);
	for (const row of rows) expect(known).toContain(row);
});
